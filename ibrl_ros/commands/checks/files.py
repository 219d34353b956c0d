"""Lists the configuration files with their paths and hashes; nodes log the same hashes."""

from __future__ import annotations

from ibrl_ros.commands.checks.finding import Finding, Setup


def check(_: Setup) -> list[Finding]:
    """One finding for each configuration file of the setup."""
    from ibrl_ros.config.loader import loaded

    return [Finding("file", "ok", f"{path} (sha256 {digest})") for path, digest in loaded()]
