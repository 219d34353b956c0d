"""The script of the keystore, with a `ros2` that notes how it is called; SROS2 itself isn't in the wheels."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

SCRIPT = Path(__file__).parents[2] / "tools" / "keystore.sh"
#: Notes its arguments, and copies the policy that it is given.
ROS2 = """#!/bin/sh
echo "$@" >> {folder}/calls
for word; do [ -f "$word" ] && cp "$word" "$(dirname "$word")/common.xml" {folder}; done; exit 0
"""


def run(folder: Path, *words: str, ros2: str = ROS2) -> subprocess.CompletedProcess[str]:
    (folder / "ros2").write_text(ros2.format(folder=folder))
    (folder / "ros2").chmod(0o755)
    environment = {**os.environ, "PATH": f"{folder}:{os.environ['PATH']}"}
    return subprocess.run([SCRIPT, *words], env=environment, capture_output=True, text=True, check=False)


def test_it_makes_a_keystore_and_what_the_policy_names(tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    assert run(tmp_path, str(keys)).returncode == 0
    calls = (tmp_path / "calls").read_text().splitlines()
    assert calls[1] == f"security create_keystore {keys}"
    assert calls[2].startswith(f"security generate_artifacts -k {keys} -p /")
    assert (tmp_path / "policy.xml").read_text().count('ns="/"') == 10


def test_a_namespace_is_put_into_each_profile(tmp_path: Path) -> None:
    assert run(tmp_path, str(tmp_path), "left").returncode == 0
    policy = (tmp_path / "policy.xml").read_text()
    assert policy.count('ns="/left"') == 10 and 'ns="/"' not in policy
    assert "create_keystore" not in (tmp_path / "calls").read_text(), "it is there already"


def test_without_sros2_it_says_what_to_install(tmp_path: Path) -> None:
    ended = run(tmp_path, "keys", ros2="#!/bin/sh\nexit 1\n")
    assert ended.returncode == 1 and "sudo apt install ros-$ROS_DISTRO-sros2" in ended.stderr
