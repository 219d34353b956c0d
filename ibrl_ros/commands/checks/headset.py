"""The adb server and the Quest headset. A server is never started, only looked for."""

from __future__ import annotations

from ibrl_ros.commands.checks.finding import Finding, Setup

NEEDING = "quest"


def check(setup: Setup) -> list[Finding]:
    """The headset that the configuration names, up to the app on it."""
    from ibrl_ros.teleop.adb import DeviceProblem, find_headset

    try:
        headset = find_headset(setup.devices.quest)
    except DeviceProblem as problem:
        missing = Finding("headset", "missing", str(problem), "see docs/quest.md")
        return [missing if setup.teleop == NEEDING else missing.excused(f"only teleop:={NEEDING} needs it")]
    return [Finding("headset", "ok", f"{headset.serial}, with the app")]
