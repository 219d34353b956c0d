"""A Franka arm without ros2_control: the 1 kHz loop that follows target poses through libfranka. No ROS."""
