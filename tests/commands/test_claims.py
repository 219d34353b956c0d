from __future__ import annotations

import subprocess
import sys

from ibrl_ros.commands.claims import DOMAINS, claim, claim_domain

HOLDER = """
from ibrl_ros.commands.claims import claim
with claim("killed") as free:
    print(free, flush=True)
    input()
"""


def test_a_name_is_held_once_until_it_is_given_back() -> None:
    with claim("a test's name") as first, claim("a test's name") as second, claim("another name") as other:
        assert (first, second, other) == (True, False, True)
    with claim("a test's name") as again:
        assert again


def test_a_killed_holder_gives_it_back() -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "True\n"
    with claim("killed") as free:
        assert not free
    holder.kill()
    holder.wait()
    with claim("killed") as free:
        assert free


def test_domains_differ() -> None:
    with claim_domain() as one, claim_domain() as other:
        assert one != other
        assert {one, other} <= set(DOMAINS)
