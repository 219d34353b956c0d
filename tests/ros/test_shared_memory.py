"""What killed processes leave in shared memory is removed; what living ones hold is not."""

from __future__ import annotations

import fcntl
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from ibrl_ros.ros.shared_memory import FOLDER, remove_abandoned

NODE = """
import sys, time
import rclpy
rclpy.init()
node = rclpy.create_node("killed")
print("up", flush=True)
time.sleep(60)
"""


def make(folder: Path, name: str, age_s: float = 60.0) -> tuple[Path, Path]:
    """A segment and its lock, as Fast DDS makes them."""
    segment, lock = folder / name, folder / f"{name}_el"
    segment.write_bytes(b"\1" * 8192)
    lock.touch()
    made_s = lock.stat().st_mtime - age_s
    os.utime(lock, (made_s, made_s))
    return segment, lock


def test_only_what_is_nobodys_is_removed(tmp_path: Path) -> None:
    kept = [
        make(tmp_path, "fastrtps_00000000000000a1"),
        make(tmp_path, "fastrtps_00000000000000a2", age_s=1.0),
    ]
    others = [
        make(tmp_path, name)
        for name in ("fastrtps_port7411", "sem.x", "fastrtps_xyz", "other_00000000000000a1")
    ]
    abandoned = make(tmp_path, "fastrtps_00000000000000b1")
    alone = make(tmp_path, "fastdds_00000000000000b2")
    alone[0].unlink()
    with kept[0][1].open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert remove_abandoned(tmp_path) == 8192
        assert not any(path.exists() for path in (*abandoned, *alone))
        assert all(path.exists() for pair in (*kept, *others) for path in pair)
    assert remove_abandoned(tmp_path) == 8192, "its holder is gone"
    assert remove_abandoned(tmp_path / "nothing") == 0


def test_another_users_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pair = make(tmp_path, "fastrtps_00000000000000b1")
    monkeypatch.setattr(os, "geteuid", lambda: 12345)
    assert remove_abandoned(tmp_path) == 0 and all(path.exists() for path in pair)


def start(domain: int) -> subprocess.Popen[bytes]:
    process = subprocess.Popen([sys.executable, "-c", NODE], stdout=subprocess.PIPE)
    assert process.stdout is not None and process.stdout.readline() == b"up\n"
    return process


def locks(process: subprocess.Popen[bytes]) -> list[Path]:
    """The locks of a process's own segments; other processes of the machine come and go."""
    opened = [link.readlink() for link in Path(f"/proc/{process.pid}/fd").iterdir()]
    return [path for path in opened if re.fullmatch(r"fastrtps_[0-9a-f]{16}_el", path.name)]


@pytest.mark.skipif(not FOLDER.is_dir(), reason="needs /dev/shm")
def test_of_a_killed_node_nothing_stays_and_a_living_one_keeps_its_own(ros_domain: int) -> None:
    killed, living = start(ros_domain), start(ros_domain)
    try:
        of_killed, of_living = locks(killed), locks(living)
        if not of_killed:
            pytest.skip("this middleware keeps no segment")
        killed.kill()
        killed.wait()
        for path in (*of_killed, *of_living):
            assert path.exists()
            os.utime(path, (0, 0))  # long ago
        assert remove_abandoned() > 0
        for path in of_killed:
            assert not path.exists() and not path.with_name(path.name.removesuffix("_el")).exists()
        for path in of_living:
            assert path.exists() and path.with_name(path.name.removesuffix("_el")).exists()
    finally:
        for process in (killed, living):
            process.kill()
            process.wait()
