"""A file is written whole or not at all, and an error says what the machine lacks."""

from __future__ import annotations

from pathlib import Path

import pytest
from full_disk import fill, small_disk

from ibrl_ros.data.durable import StorageError, write_durably


def test_on_a_full_disk_what_was_there_stays_and_nothing_is_left_behind(tmp_path: Path) -> None:
    with small_disk(tmp_path, size_kb=1024) as disk:
        path = disk / "folder" / "file"
        write_durably(path, b"before")
        fill(disk)
        with pytest.raises(StorageError) as refused:
            write_durably(path, bytes(500_000))
        assert path.read_bytes() == b"before"
        assert [one.name for one in path.parent.iterdir()] == ["file"]
        said = str(refused.value)
        assert refused.value.no_room
        assert str(path.parent) in said and "0.5 MB needed, 0.0 MB free" in said and "free space" in said
        (disk / "filling").unlink()
        write_durably(path, bytes(500_000))
        assert path.stat().st_size == 500_000


def test_another_trouble_than_room_is_told_apart(tmp_path: Path) -> None:
    (tmp_path / "folder").write_text("a file where a folder should be")
    with pytest.raises(StorageError, match="make it writable") as refused:
        write_durably(tmp_path / "folder" / "file", b"content")
    assert not refused.value.no_room
