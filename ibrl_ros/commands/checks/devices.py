"""Teleoperation devices: whether each one that can be looked for is there."""

from __future__ import annotations

from ibrl_ros.commands.checks.finding import Finding, Setup
from ibrl_ros.registers import DEVICES

NOBODY = "none"


def check(setup: Setup) -> list[Finding]:
    """The chosen device, and all others that can be looked for."""
    chosen = [] if setup.teleop == NOBODY else [setup.teleop]
    findings = (look_for(setup, device) for device in dict.fromkeys([*DEVICES.names(), *chosen]))
    return [finding for finding in findings if finding is not None]


def look_for(setup: Setup, device: str) -> Finding | None:
    """Whether a device is there; None where that can't be told.

    Args:
        setup: with the file of teleoperation devices.
        device: a registered name, or module:Class.
    """
    try:
        section = setup.devices.section(device)
    except ValueError as error:
        missing = Finding(device, "missing", str(error), "see docs/teleop.md")
        return missing if setup.teleop == device else None
    sighting = DEVICES.find(device).look_for(section)  # type: ignore[attr-defined]
    if sighting is None:
        return None
    if sighting.there:
        return Finding(sighting.device, "ok", sighting.about)
    missing = Finding(sighting.device, "missing", sighting.about, sighting.do)
    return missing if setup.teleop == device else missing.excused(f"only teleop:={device} needs it")
