from __future__ import annotations

import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from ibrl_ros.commands.pool import last_lines, run_all

WAIT_S = 30.0


def python(code: str) -> list[str]:
    return [sys.executable, "-u", "-c", textwrap.dedent(code)]


def test_each_has_its_status_and_its_log_and_a_failure_stops_nobody(tmp_path: Path) -> None:
    commands = {
        tmp_path / str(status): python(f"print('I am {status}'); exit({status})") for status in range(4)
    }
    ended = {one.log: one.status for one in run_all(commands, jobs=2)}
    assert ended == {log: int(log.name) for log in commands}
    assert all(last_lines(log).strip() == f"I am {log.name}" for log in commands)


@pytest.mark.parametrize("jobs", [1, 3])
def test_so_many_at_a_time(tmp_path: Path, jobs: int) -> None:
    code = f"""
        import os, pathlib, time
        mine = pathlib.Path({str(tmp_path)!r}, f"{{os.getpid()}}.runs")
        mine.touch()
        time.sleep(0.3)
        print(len(list(mine.parent.glob("*.runs"))))
        mine.unlink()
    """
    logs = [tmp_path / f"log{number}" for number in range(5)]
    assert len(list(run_all({log: python(code) for log in logs}, jobs))) == 5
    assert max(int(log.read_text()) for log in logs) <= jobs


def test_a_log_is_continued(tmp_path: Path) -> None:
    log = tmp_path / "deeper" / "log"
    for word in ("once", "again"):
        list(run_all({log: python(f"print({word!r})")}, jobs=1))
    assert log.read_text() == "once\nagain\n"
    assert last_lines(log, 1) == "    again"


PARENT = """
    import signal
    import sys
    from pathlib import Path
    from ibrl_ros.commands.pool import run_all
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's & has it ignored
    sleep = [sys.executable, "-u", "-c", "import os, time; print(os.getpid()); time.sleep(120)"]
    list(run_all({Path(log): sleep for log in sys.argv[1:]}, jobs=2))
"""


def alive(pid: int) -> bool:
    try:
        return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return False


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_nothing_outlives_the_pool(tmp_path: Path, number: signal.Signals) -> None:
    logs = [tmp_path / "one", tmp_path / "two"]
    parent = subprocess.Popen([*python(PARENT), *map(str, logs)], stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + WAIT_S
    while not all(log.is_file() and log.read_text().endswith("\n") for log in logs):
        assert time.monotonic() < deadline and parent.poll() is None
        time.sleep(0.05)
    children = [int(log.read_text()) for log in logs]
    assert all(map(alive, children))
    parent.send_signal(number)
    parent.wait(WAIT_S)
    while any(map(alive, children)):
        assert time.monotonic() < deadline
        time.sleep(0.05)
