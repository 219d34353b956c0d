"""Subcommands of `ibrl`, one module each. Heavy imports wait until a command runs: --help is quick."""
