"""Learning curves that anyone can make again: methods by tasks by seeds, each in a process, without ROS."""
