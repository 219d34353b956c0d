"""One 10 Hz step: observation, choice of the action, recording."""
