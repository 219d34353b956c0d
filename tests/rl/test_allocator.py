from __future__ import annotations

import subprocess
import sys

import pytest

# Page faults while 64 MB are allocated, filled and freed, after that was done many times: a freed block is a
# little too small to be aligned again, until some have joined.
SCRIPT = """
import resource, sys, torch
from ibrl_ros.rl.allocator import keep_freed_memory
if sys.argv[1] == "keep":
    assert keep_freed_memory()
for _ in range(30):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    torch.ones(16 * 2**20)
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def page_faults(mode: str) -> int:
    command = [sys.executable, "-c", SCRIPT, mode]
    return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="glibc only")
def test_freed_memory_is_used_again_without_page_faults() -> None:
    assert page_faults("keep") < 1000 < 10_000 < page_faults("default")
