"""The simulated arms, each with its configuration's model, registered where it stands."""
