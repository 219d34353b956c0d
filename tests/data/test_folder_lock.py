"""One process holds a lock, whoever asks; and however it ends, the next one gets it."""

from __future__ import annotations

import errno
import fcntl
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from ibrl_ros.data.durable import StorageError
from ibrl_ros.data.folder_lock import FolderLock, HeldError

HOLDER = """
import sys, time
from pathlib import Path
from ibrl_ros.data.folder_lock import FolderLock
lock = FolderLock(Path(sys.argv[1]), "another learner")
print("held", flush=True)
time.sleep(60)
"""


def test_the_refusal_says_who_holds_it(tmp_path: Path) -> None:
    lock = FolderLock(tmp_path / "locks" / "weights.lock", "learner_node")
    who = rf"^learner_node \(process {os.getpid()} on {socket.gethostname()}\) since \d{{4}}-"
    with pytest.raises(HeldError, match=who):
        FolderLock(tmp_path / "locks" / "weights.lock", "ibrl bc")
    FolderLock(tmp_path / "locks" / "demos.lock", "policy_node")
    lock.release()
    FolderLock(tmp_path / "locks" / "weights.lock", "ibrl bc")


def test_a_killed_holder_holds_nothing(tmp_path: Path) -> None:
    path = tmp_path / "weights.lock"
    with subprocess.Popen([sys.executable, "-c", HOLDER, str(path)], stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None and holder.stdout.readline() == b"held\n"
        with pytest.raises(HeldError, match=rf"another learner \(process {holder.pid} on "):
            FolderLock(path, "learner_node")
        holder.kill()
        FolderLock(path, "learner_node", patience_s=30.0)


def test_a_holder_without_a_name_is_one_too(tmp_path: Path) -> None:
    descriptor = os.open(tmp_path / "weights.lock", os.O_CREAT | os.O_RDWR)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    with pytest.raises(HeldError, match="hasn't said its name"):
        FolderLock(tmp_path / "weights.lock", "learner_node")
    os.close(descriptor)


def test_where_nothing_can_be_locked_that_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", refuse)
    FolderLock(tmp_path / "weights.lock", "learner_node")
    assert f"{tmp_path} can't be locked (No locks available)" in caplog.text


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "locks").write_text("a file")
    with pytest.raises(StorageError, match=str(tmp_path / "locks")):
        FolderLock(tmp_path / "locks" / "weights.lock", "learner_node")
