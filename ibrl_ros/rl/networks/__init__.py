"""The networks of agents and imitation policies: encoders, actors, critics."""
