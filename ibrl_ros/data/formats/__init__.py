"""Formats of other programs' episodes: one file each."""
