"""Collecting on a disk that gets full, through all nodes."""

from __future__ import annotations

import subprocess
from pathlib import Path

from full_disk import small_disk
from launches import NUM_DEMOS, Start

from ibrl_ros.learning.run import Run


def test_collecting_waits_for_room_and_goes_on_by_itself(start: Start, tmp_path: Path) -> None:
    with small_disk(tmp_path, size_kb=600) as disk:  # room for one demonstration
        run = Run(disk / "run")
        launch = start("collect_demos", run.folder, num_demos=NUM_DEMOS, operator_noise=0.1)
        found = launch.wait_for(r"waiting for room on disk: (\S+): .*MB needed, .*MB free")
        assert found[1] == str(run.demos.folder)
        assert len(run.demos) < NUM_DEMOS
        subprocess.run(["mount", "-o", "remount,size=64m", str(disk)], check=True)
        assert "Traceback" not in launch.finish()
        demos = run.demos.load_all()
        assert [demo.metadata.index for demo in demos] == list(range(len(demos)))
        assert sum(demo.metadata.succeeded for demo in demos) == NUM_DEMOS
        assert not list(run.folder.rglob("*.tmp"))
