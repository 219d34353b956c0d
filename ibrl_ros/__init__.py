"""Imitation Bootstrapped Reinforcement Learning on real robots, with ROS 2."""
