"""Cameras as devices: what opens, configures and reads them. No ROS."""
