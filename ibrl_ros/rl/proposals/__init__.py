"""Imitation policies, which propose actions to the agent."""
