"""Objects of the simulated tasks, and the 2F-85 gripper."""
