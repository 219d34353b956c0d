"""Cameras: opened, read and watched over. No ROS."""
