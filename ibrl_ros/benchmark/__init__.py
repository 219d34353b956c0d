"""Benchmarks: trains methods on tasks with several seeds, each in its own process, without ROS."""
