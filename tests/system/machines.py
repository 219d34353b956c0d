"""Two machines with a cable between them: network namespaces of this one."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from launches import Launch

#: Without shared memory, which two machines don't have in common.
UDP_ONLY = """<?xml version="1.0" encoding="UTF-8"?>
<dds xmlns="http://www.eprosima.com"><profiles>
  <transport_descriptors>
    <transport_descriptor><transport_id>udp</transport_id><type>UDPv4</type></transport_descriptor>
  </transport_descriptors>
  <participant profile_name="udp_only" is_default_profile="true"><rtps>
    <userTransports><transport_id>udp</transport_id></userTransports>
    <useBuiltinTransports>false</useBuiltinTransports>
  </rtps></participant>
</profiles></dds>
"""


def ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True, text=True)


class Machines:
    """Two network namespaces, `robot` and `work`, with a cable between them."""

    def __init__(self, folder: Path) -> None:
        self._names = {name: f"ibrl{os.getpid()}{name}" for name in ("robot", "work")}
        self._profile = folder / "udp_only.xml"
        self._profile.write_text(UDP_ONLY)
        for number, space in enumerate(self._names.values()):
            ip("netns", "add", space)
            ip("-n", space, "link", "set", "lo", "up")
            if number == 0:
                ip("-n", space, "link", "add", "cable", "type", "veth", "peer", "name", "far")
            else:
                ip("-n", self._names["robot"], "link", "set", "far", "netns", space, "name", "cable")
        for number, space in enumerate(self._names.values()):
            ip("-n", space, "addr", "add", f"10.77.0.{number + 1}/24", "dev", "cable")
            ip("-n", space, "link", "set", "cable", "up")

    def launch(self, machine: str, folder: Path, *words: str) -> Launch:
        """Start a launch file on a machine."""
        inside, environment = self.inside(machine)
        return Launch(folder, "launch", "ibrl_ros", *words, inside=inside, environment=environment)

    def inside(self, machine: str) -> tuple[list[str], dict[str, str]]:
        """What runs a command on a machine: words before the command, and variables."""
        environment = {
            "FASTDDS_DEFAULT_PROFILES_FILE": str(self._profile),
            "ROS_AUTOMATIC_DISCOVERY_RANGE": "SUBNET",
        }
        return ["ip", "netns", "exec", self._names[machine]], environment

    def pull_cable(self) -> None:
        ip("-n", self._names["work"], "link", "set", "cable", "down")

    def plug_cable(self) -> None:
        ip("-n", self._names["work"], "link", "set", "cable", "up")

    def close(self) -> None:
        for space in self._names.values():
            subprocess.run(["ip", "netns", "del", space], check=False, capture_output=True)


@contextmanager
def two_machines(folder: Path) -> Iterator[Machines]:
    """Two machines; the test is skipped where nobody may make them."""
    if shutil.which("ip") is None:
        pytest.skip("needs the command ip (iproute2)")
    try:
        two = Machines(folder)
    except subprocess.CalledProcessError as error:
        pytest.skip(f"no network namespaces here: {error.stderr}")
    try:
        yield two
    finally:
        two.close()
