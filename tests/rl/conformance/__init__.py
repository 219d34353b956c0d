"""Runs an agent on the published implementation's inputs and draws, and compares what it computes."""
