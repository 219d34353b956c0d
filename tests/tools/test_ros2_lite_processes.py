"""Processes: their lines, their ends, and that none outlives the launcher."""

from __future__ import annotations

import fcntl
import os
import pty
import signal
import subprocess
import termios
from collections.abc import Callable
from pathlib import Path

import pytest
from launched import PATIENCE_S, ROS2, Launched, alive, wait_until

Ros2 = Callable[..., Launched]
LaunchFile = Callable[..., Path]

# Counts SIGINTs and ends half a second after the first, so that a second one would be seen.
COUNTER = """python('''
import signal, time
count = 0
def on_sigint(*_):
    global count
    count += 1
signal.signal(signal.SIGINT, on_sigint)
print("ready")
while not count:
    time.sleep(0.01)
end = time.monotonic() + 0.5
while time.monotonic() < end:
    time.sleep(0.01)
print("interrupts:", count)
''', name="counter"),
"""


def stubborn(*ignored: str) -> str:
    """An entity: a process that ignores these signals."""
    ignoring = "".join(f"signal.signal(signal.{name}, signal.SIG_IGN); " for name in ignored)
    return f"python('import signal, time; {ignoring}print(\"ready\"); time.sleep(600)', name='stubborn'),"


def test_lines_and_exit_codes(ros2: Ros2, launch_file: LaunchFile) -> None:
    launched = ros2("launch", launch_file("sh('echo out; echo err >&2'), sh('exit 7'), sh('kill -9 $$'),"))
    assert launched.finish() == 0  # as in genuine launch, whatever the processes return
    output = launched.output
    assert output.startswith("[INFO] [launch]: All log files can be found below ")
    assert "\n[sh-1] out\n" in output
    assert "\n[sh-1] err\n" in output
    first, second, third = (launched.pid_of(f"sh-{number}") for number in (1, 2, 3))
    assert f"\n[INFO] [sh-1]: process has finished cleanly [pid {first}]\n" in output
    assert f"\n[ERROR] [sh-2]: process has died [pid {second}, exit code 7, cmd 'sh -c exit 7'].\n" in output
    assert f"[sh-3]: process has died [pid {third}, exit code -9, cmd 'sh -c kill -9 $$'].\n" in output


def test_output_log_keeps_stdout_off_the_screen(ros2: Ros2, launch_file: LaunchFile, tmp_path: Path) -> None:
    path = launch_file("ExecuteProcess(cmd=['sh', '-c', 'echo out; echo err >&2']),")
    launched = ros2("launch", path)
    assert launched.finish() == 0
    assert "[sh-1] err\n" in launched.output
    assert "[sh-1] out\n" not in launched.output
    (log,) = (tmp_path / "log").rglob("launch.log")
    assert "[sh-1] out\n" in log.read_text()
    shown = ros2("launch", "-a", path)
    assert shown.finish() == 0
    assert "[sh-1] out\n" in shown.output


def test_a_program_that_is_not_there_is_reported_and_ends_like_any_other(
    ros2: Ros2, launch_file: LaunchFile
) -> None:
    launched = ros2(
        "launch", launch_file("ExecuteProcess(cmd=['/nowhere/x'], on_exit=[LogInfo(msg='gone')]),")
    )
    assert launched.finish() == 0
    assert "exception occurred while executing process" in launched.output
    assert "/nowhere/x" in launched.output
    assert "[INFO] [launch.user]: gone\n" in launched.output


def test_a_grandchild_that_keeps_the_pipe_does_not_keep_the_launcher(
    ros2: Ros2, launch_file: LaunchFile
) -> None:
    launched = ros2("launch", launch_file("sh('sleep 600 & echo $!'),"))
    assert launched.finish() == 0
    grandchild = int(launched.output.split("[sh-1] ")[1].split()[0])
    os.kill(grandchild, signal.SIGKILL)


def test_environment_cwd_shell_and_tty(ros2: Ros2, launch_file: LaunchFile, tmp_path: Path) -> None:
    entities = f"""
    SetEnvironmentVariable("A", "1"),
    sh("echo $A $B", additional_env={{"B": LaunchConfiguration("b")}}),
    sh("echo cwd $PWD", cwd={str(tmp_path)!r}),
    ExecuteProcess(cmd=["echo $A", "| cat"], shell=True, output="screen"),
    sh("test -t 1 && echo terminal", emulate_tty=True),
    """
    launched = ros2("launch", launch_file(entities), "b:=2")
    assert launched.finish() == 0
    for line in ("[sh-1] 1 2", f"[sh-2] cwd {tmp_path}", "[echo-3] 1", "[sh-4] terminal"):
        assert f"{line}\n" in launched.output


@pytest.mark.parametrize("ignored_at_start", [False, True], ids=["plain", "background of a script"])
def test_sigint_stops_all_with_one_sigint_each(
    ros2: Ros2, launch_file: LaunchFile, ignored_at_start: bool
) -> None:
    path = launch_file(COUNTER + "sh('exec sleep 600'),")
    ignore = (lambda: signal.signal(signal.SIGINT, signal.SIG_IGN)) if ignored_at_start else None
    launched = ros2("launch", path, preexec_fn=ignore)
    launched.wait_for("ready")
    launched.pid_of("sh-2")
    launched.popen.send_signal(signal.SIGINT)
    assert launched.finish() == 0
    assert "user interrupted with ctrl-c (SIGINT)\n" in launched.output
    assert "sending signal 'SIGINT' to process[counter-1]" in launched.output
    assert "interrupts: 1\n" in launched.output
    assert "exit code -2" in launched.output  # the sleeping one


def test_ctrl_c_in_a_terminal_reaches_each_process_once(ros2: Ros2, launch_file: LaunchFile) -> None:
    ours, theirs = pty.openpty()
    path = launch_file(COUNTER)
    launched = ros2("launch", path, stdin=theirs, preexec_fn=_take_terminal)
    launched.wait_for("ready")
    os.write(ours, b"\x03")
    assert launched.finish() == 0
    assert "sending signal" not in launched.output
    assert "user interrupted with ctrl-c (SIGINT)\n" in launched.output
    assert "interrupts: 1\n" in launched.output
    os.close(ours)
    os.close(theirs)


def _take_terminal() -> None:
    """Give the command a session whose terminal is its stdin, as a shell in a window has."""
    os.setsid()
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGQUIT, signal.SIGHUP])
def test_other_signals_leave_no_orphan(ros2: Ros2, launch_file: LaunchFile, signum: signal.Signals) -> None:
    def heard() -> None:  # also where these tests run under nohup
        signal.signal(signum, signal.SIG_DFL)

    launched = ros2("launch", launch_file("sh('exec sleep 600'),"), preexec_fn=heard)
    child = launched.pid_of("sh-1")
    launched.popen.send_signal(signum)
    assert launched.finish() == 1
    assert not alive(child)


def test_a_killed_launcher_takes_its_children_with_it(ros2: Ros2, launch_file: LaunchFile) -> None:
    launched = ros2("launch", launch_file(stubborn("SIGINT", "SIGTERM")))
    launched.wait_for("ready")
    child = launched.pid_of("stubborn-1")
    launched.popen.kill()
    launched.finish()
    wait_until(lambda: not alive(child), lambda: f"{child} lives on")


def test_escalation_to_sigterm_and_sigkill(ros2: Ros2, launch_file: LaunchFile) -> None:
    path = launch_file(stubborn("SIGINT") + stubborn("SIGINT", "SIGTERM"))
    launched = ros2("launch", path, "sigterm_timeout:=0.3", "sigkill_timeout:=0.4")
    children = [launched.pid_of(name) for name in ("stubborn-1", "stubborn-2")]
    wait_until(lambda: launched.output.count("ready") == 2, lambda: launched.output)
    launched.popen.send_signal(signal.SIGINT)
    assert launched.finish() == 0
    output = launched.output
    for name in ("stubborn-1", "stubborn-2"):
        assert f"process[{name}] failed to terminate '0.3' seconds after receiving 'SIGINT'" in output
    assert "process[stubborn-1] failed to terminate '0.4'" not in output
    assert (
        "process[stubborn-2] failed to terminate '0.4' seconds after receiving 'SIGTERM', "
        "escalating to 'SIGKILL'\n"
    ) in output
    assert f"[pid {children[0]}, exit code -15" in output
    assert f"[pid {children[1]}, exit code -9" in output


def test_timeouts_of_a_process_win(ros2: Ros2, launch_file: LaunchFile) -> None:
    path = launch_file("sh('trap \"\" INT; echo ready; exec sleep 600', sigterm_timeout='0.1'),")
    launched = ros2("launch", path, "sigterm_timeout:=600")
    launched.wait_for("ready")
    launched.popen.send_signal(signal.SIGINT)
    assert launched.finish() == 0
    assert (
        "failed to terminate '0.1' seconds after receiving 'SIGINT', escalating to 'SIGTERM'"
        in launched.output
    )


def test_a_second_sigint_is_ignored(ros2: Ros2, launch_file: LaunchFile) -> None:
    launched = ros2("launch", launch_file(stubborn("SIGINT")), "sigterm_timeout:=600")
    launched.wait_for("ready")
    launched.popen.send_signal(signal.SIGINT)
    launched.wait_for("sending signal 'SIGINT'")
    launched.popen.send_signal(signal.SIGINT)
    launched.wait_for("SIGINT) again, ignoring...")
    os.kill(launched.pid_of("stubborn-1"), signal.SIGTERM)
    assert launched.finish() == 0
    assert launched.output.count("sending signal 'SIGINT'") == 1


def test_a_closed_output_does_not_orphan_anyone(launch_file: LaunchFile) -> None:
    read, write = os.pipe()
    path = launch_file("sh('while sleep 0.05; do echo tick; done'),")
    buffered = os.environ | {"PYTHONUNBUFFERED": ""}  # as in most shells: lines are held at the end
    launched = subprocess.Popen([ROS2, "launch", path], stdout=write, stderr=write, env=buffered)
    os.close(write)
    text = b""
    while b"tick" not in text:
        text += os.read(read, 4096)
    os.close(read)
    child = int(text.split(b"started with pid [")[1].split(b"]")[0])
    assert launched.poll() is None
    launched.send_signal(signal.SIGINT)
    assert launched.wait(PATIENCE_S) == 0
    assert not alive(child)
