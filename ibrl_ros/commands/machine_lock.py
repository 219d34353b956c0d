"""Locks that one process holds on this machine; the kernel frees them however the process ends."""

from __future__ import annotations

import hashlib
import socket
from collections.abc import Iterator
from contextlib import contextmanager

#: ROS domains whose ports lie above those that Linux hands out, and that hardly anyone sets by hand.
DOMAINS = range(215, 231)


@contextmanager
def machine_lock(name: str) -> Iterator[bool]:
    """Hold a name; gives whether it was free. Linux: an abstract socket, so nothing is left on the disk."""
    address = f"\0ibrl_ros/{hashlib.sha256(name.encode()).hexdigest()}"
    with socket.socket(socket.AF_UNIX) as holder:
        try:
            holder.bind(address)
        except OSError:
            yield False
        else:
            yield True


@contextmanager
def lock_domain() -> Iterator[int]:
    """Hold a ROS domain that no other holder on this machine has.

    Raises:
        RuntimeError: all are taken.
    """
    for domain in DOMAINS:
        with machine_lock(f"ROS domain {domain}") as free:
            if free:
                yield domain
                return
    raise RuntimeError(f"all ROS domains from {DOMAINS[0]} to {DOMAINS[-1]} are in use on this machine")


def isolation(domain: int) -> dict[str, str]:
    """Environment of a launch in that domain, which must not meet others, least of all a real robot."""
    return {"ROS_DOMAIN_ID": str(domain), "ROS_AUTOMATIC_DISCOVERY_RANGE": "LOCALHOST"}
