"""The `ibrl` command."""


def main() -> None:
    """Run a subcommand."""
