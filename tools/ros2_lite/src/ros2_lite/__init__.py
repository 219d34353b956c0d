"""A small stand-in for the `ros2` command, `launch` and `launch_ros`, where ROS 2 itself isn't installed."""
