"""Machine locks: one process of this machine holds a lock. The kernel frees it when the process ends."""

from __future__ import annotations

import hashlib
import socket
from collections.abc import Iterator
from contextlib import contextmanager

#: ROS domains whose ports lie above the ports that Linux assigns itself, and that are rarely set by hand.
DOMAINS = range(215, 231)


@contextmanager
def machine_lock(name: str) -> Iterator[bool]:
    """Hold the lock of a name; yields False if another process holds the lock.

    The lock is an abstract Linux socket, so no file is left on the disk.
    """
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
    """Lock a ROS domain that no other process of this machine has locked; yields its number.

    Raises:
        RuntimeError: all domains in DOMAINS are locked.
    """
    for domain in DOMAINS:
        with machine_lock(f"ROS domain {domain}") as free:
            if free:
                yield domain
                return
    raise RuntimeError(f"all ROS domains from {DOMAINS[0]} to {DOMAINS[-1]} are in use on this machine")


def isolation(domain: int) -> dict[str, str]:
    """Environment variables for a launch in a ROS domain that no other machine and no real robot can see."""
    return {"ROS_DOMAIN_ID": str(domain), "ROS_AUTOMATIC_DISCOVERY_RANGE": "LOCALHOST"}
