"""One 10 Hz step: what is observed, who acts, what is recorded."""
