"""Control of a Franka arm without ros2_control: a 1 kHz loop follows target poses by libfranka. No ROS."""
