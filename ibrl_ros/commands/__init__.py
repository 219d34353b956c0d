"""Subcommands of `ibrl`, one module each. Heavy imports are inside functions, so that --help is fast."""
