"""The simulated tasks, each with its configuration's model, registered where it stands."""
