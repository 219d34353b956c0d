"""Cameras: opening, reading, error states, stamps, cropping. No ROS."""
