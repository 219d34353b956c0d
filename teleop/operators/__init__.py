"""Scripted operators: one file for each simulated task."""
