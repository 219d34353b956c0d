"""Scripted operators, one for each simulated task, in place of a person at the controller."""
