"""Cameras: the devices that are plugged in, and those that are to be used."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ibrl_ros.commands.checks.finding import Finding, Setup
from ibrl_ros.registers import CAMERAS

if TYPE_CHECKING:
    from ibrl_ros.cameras.camera import Camera
    from ibrl_ros.config.camera import SourceConfig
    from ibrl_ros.config.device import Sighting


def check(setup: Setup) -> list[Finding]:
    """What is plugged in, and each camera that is to be used, kind by kind."""
    sources = {name: camera.source for name, camera in setup.cameras.items()}
    findings = []
    for kind in dict.fromkeys([*CAMERAS.names(), *(source.kind for source in sources.values())]):
        findings += of_kind(kind, {name: source for name, source in sources.items() if source.kind == kind})
    return findings or [Finding("cameras", "ok", "none is plugged in")]


def of_kind(kind: str, wanted: Mapping[str, SourceConfig]) -> list[Finding]:
    """What is plugged in of one kind, and what is to be used.

    Args:
        kind: a registered name, or module:Class.
        wanted: the cameras of this kind that are to be used, by the task's names.
    """
    from ibrl_ros.config import ConfigError

    camera: type[Camera] = CAMERAS.find(kind)
    try:
        connected = camera.connected()
    except ConfigError as error:
        missing = Finding(f"cameras, {kind}", "missing", str(error), "see docs/realsense.md")
        return [missing if wanted else missing.excused("none is to be used")]
    chosen = {name: camera.look_for(source) for name, source in wanted.items()}
    return [*map(plugged_in, connected), *(to_be_used(name, one) for name, one in chosen.items())]


def plugged_in(sighting: Sighting) -> Finding:
    """A device that is there, and what can be better about it."""
    about = sighting.about or "plugged in"
    return Finding(sighting.device, "warning" if sighting.do else "ok", about, sighting.do)


def to_be_used(name: str, sighting: Sighting) -> Finding:
    """A camera of the task, whose device was looked for."""
    if not sighting.there:
        return Finding(f"camera {name}", "missing", f"{sighting.device} isn't there", sighting.do)
    about = f", {sighting.about}" if sighting.about else ""
    return Finding(f"camera {name}", "ok", f"{sighting.device}{about}")
