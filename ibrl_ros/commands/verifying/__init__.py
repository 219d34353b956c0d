"""The checks of `ibrl verify`: each takes a run and yields findings."""
