"""Things that tasks put on the table."""
