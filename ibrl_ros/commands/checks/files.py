"""The files of the configuration: where each comes from, and a hash to compare with what a node logs."""

from __future__ import annotations

from ibrl_ros.commands.checks.finding import Finding, Setup


def check(_: Setup) -> list[Finding]:
    """One line for each file that was read to make the setup."""
    from ibrl_ros.config.loader import loaded

    return [Finding("file", "ok", f"{path} (sha256 {digest})") for path, digest in loaded()]
