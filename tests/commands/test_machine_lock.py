from __future__ import annotations

import subprocess
import sys

from ibrl_ros.commands.machine_lock import DOMAINS, lock_domain, machine_lock

HOLDER = """
from ibrl_ros.commands.machine_lock import machine_lock
with machine_lock("killed") as free:
    print(free, flush=True)
    input()
"""


def test_a_name_is_held_once_until_it_is_given_back() -> None:
    with (
        machine_lock("a test's name") as first,
        machine_lock("a test's name") as second,
        machine_lock("another name") as other,
    ):
        assert (first, second, other) == (True, False, True)
    with machine_lock("a test's name") as again:
        assert again


def test_a_killed_holder_gives_it_back() -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "True\n"
    with machine_lock("killed") as free:
        assert not free
    holder.kill()
    holder.wait()
    with machine_lock("killed") as free:
        assert free


def test_domains_differ() -> None:
    with lock_domain() as one, lock_domain() as other:
        assert one != other
        assert {one, other} <= set(DOMAINS)
