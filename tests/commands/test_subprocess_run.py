from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from ibrl_ros.commands.subprocess_run import Child, own_tools_first

WAIT_S = 20.0


def python(code: str) -> list[str]:
    return [sys.executable, "-u", "-c", textwrap.dedent(code)]


def test_shows_the_output_and_returns_the_status(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    child = Child(
        python("import sys; print('hello'); print('there', file=sys.stderr); sys.exit(3)"), dict(os.environ)
    )
    assert child.run() == 3
    assert capfdbinary.readouterr().out == b"hello\nthere\n"


def test_reason_prefers_fatal_lines_and_drops_colours() -> None:
    code = """
    print("[INFO] fine")
    print("[ERROR] [launch]: process has died")
    print("[node-1] \\x1b[35m[FATAL] no demonstrations\\x1b[0m")
    """
    child = Child(python(code), dict(os.environ))
    child.run()
    assert child.reason() == "[node-1] [FATAL] no demonstrations"


def test_reason_falls_back_to_errors_and_to_nothing() -> None:
    child = Child(python("print('[ERROR] [node-2]: process has died')"), dict(os.environ))
    child.run()
    assert child.reason() == "[ERROR] [node-2]: process has died"
    quiet = Child(python("print('all is well')"), dict(os.environ))
    quiet.run()
    assert quiet.reason() == ""


def test_unknown_command_is_named() -> None:
    with pytest.raises(FileNotFoundError, match="no such_command_at_all command"):
        Child(["such_command_at_all"], dict(os.environ)).run()


def test_tools_beside_this_python_come_first(tmp_path: Path) -> None:
    first, *rest = own_tools_first({"PATH": "/somewhere"})["PATH"].split(os.pathsep)
    assert (Path(first), rest) == (Path(sys.executable).parent, ["/somewhere"])


PARENT = """
    import os, sys
    from ibrl_ros.commands.subprocess_run import Child, Interrupted
    try:
        Child([sys.executable, "-u", "-c", sys.argv[1]], dict(os.environ)).run()
    except Interrupted as interruption:
        print("interrupted by", interruption, flush=True)
"""
# Notes each SIGINT, and has a child of its own.
CHILD = """
    import os, signal, subprocess, sys, time
    got = []
    signal.signal(signal.SIGINT, lambda *_: got.append(1))
    grandchild = subprocess.Popen(["sleep", "60"])
    print("pids", os.getpid(), grandchild.pid, flush=True)
    while not got:
        time.sleep(0.01)
    time.sleep(0.5)
    print("signals", len(got), flush=True)
"""


def gone(pid: int) -> bool:
    """Whether a process ends (a zombie that nobody has waited for has); one just killed takes a moment."""
    status, deadline = Path(f"/proc/{pid}/stat"), time.monotonic() + WAIT_S
    while time.monotonic() < deadline:
        try:
            if status.read_text().rsplit(")", 1)[1].split()[0] == "Z":
                return True
        except (FileNotFoundError, ProcessLookupError):
            return True
        time.sleep(0.01)
    return False


def start(**options: object) -> tuple[subprocess.Popen[str], list[int]]:
    """A parent that has run its child up to the line with the pids of the child and the grandchild."""
    process = subprocess.Popen(
        [*python(PARENT), textwrap.dedent(CHILD)], stdout=subprocess.PIPE, text=True, **options
    )  # type: ignore[call-overload]
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("pids"):
            return process, [int(word) for word in line.split()[1:]]
    raise AssertionError("the child never started")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_reaches_the_child_once_as_sigint(number: signal.Signals) -> None:
    process, pids = start()
    process.send_signal(number)
    process.send_signal(number)
    out, _ = process.communicate(timeout=WAIT_S)
    assert out.splitlines() == ["signals 1", f"interrupted by {number.name}"]
    assert all(gone(pid) for pid in pids)


def test_ctrl_c_for_the_whole_group_reaches_the_child_once() -> None:
    process, pids = start(start_new_session=True)
    os.killpg(process.pid, signal.SIGINT)
    out, _ = process.communicate(timeout=WAIT_S)
    assert "signals 1" in out
    assert all(gone(pid) for pid in pids)


def test_when_we_are_killed_the_child_is_interrupted() -> None:
    process, (child, grandchild) = start()
    process.kill()
    process.wait()
    deadline = time.monotonic() + WAIT_S
    while not gone(child):
        assert time.monotonic() < deadline, "the child outlives us"
        time.sleep(0.05)
    os.kill(grandchild, signal.SIGKILL)  # a launch ends its own processes; this stand-in doesn't


def test_a_child_that_ignores_everything_is_killed() -> None:
    stubborn = """
    import signal, time
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    print("pids", __import__("os").getpid(), flush=True)
    time.sleep(60)
    """
    parent = PARENT.replace(
        "    import os, sys", "    import os, sys, ibrl_ros.commands.subprocess_run as module", 1
    ).replace("    try:", "    module.GRACE_S = 0.3\n    try:", 1)
    process = subprocess.Popen(
        [*python(parent), textwrap.dedent(stubborn)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    pid = int(process.stdout.readline().split()[1])
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=WAIT_S)
    assert "interrupted by SIGINT" in out
    assert gone(pid)
