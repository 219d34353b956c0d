"""A run may hold more episodes than a process may have files open."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import yaml
from small_runs import make_episode, make_run

from ibrl_ros.data.codec import encode
from ibrl_ros.data.folder_index import name_of

EPISODES, OPEN_FILES = 300, 64


def test_a_process_that_may_open_few_files_resumes_reports_and_verifies(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", episodes=1)
    for index in range(EPISODES):  # not one by one onto the disk, which takes long
        episode = make_episode(index, length=2)
        path = run.replay.folder / name_of(index, episode.metadata.id)
        path.write_bytes(encode(episode))
    settings = {"train": {"agent": "small_state", "seed": 1, "task": "lift"}}
    (run.folder / "config.yaml").write_text(yaml.safe_dump(settings))
    script = Path(__file__).with_name("few_files.py")
    ended = subprocess.run(
        [sys.executable, str(script), str(run.folder), str(OPEN_FILES)],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert ended.stdout.split()[:2] == [str(EPISODES)] * 2
    assert (run.report / "learning_curve.png").is_file()
