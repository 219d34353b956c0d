"""The checks of `ibrl doctor`: one module each, whose function `check` returns findings."""
