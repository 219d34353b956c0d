"""What a launch tells its nodes: that they end with it, even if it is killed, and when they start."""

from __future__ import annotations

import ctypes
import os
import signal
import time

#: Environment variable with the launch's process id, set by the launch files only.
LAUNCH_PID = "IBRL_ROS_LAUNCH_PID"
#: Environment variable with the delay before the node's start, s, set for a node that has failed before.
START_DELAY = "IBRL_ROS_START_DELAY_S"
_PR_SET_PDEATHSIG = 1


def end_with_launch() -> None:
    """Request a SIGTERM for this process when the launch ends; end now if the launch has ended already.

    `ros2 launch` leaves its nodes running when it gets a SIGTERM or is killed; nobody would then control
    the robot. Without LAUNCH_PID nothing is done: a node that was started by hand may run longer than its
    shell.
    """
    launch = os.environ.get(LAUNCH_PID, "")
    if not launch.isdecimal():
        return
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(signal.SIGTERM), 0, 0, 0)
    # The launch may have ended before the call above. Under a debugger the launch is not the parent.
    if os.getppid() != int(launch) and not _runs(int(launch)):
        os._exit(0)


def wait_for_start() -> None:
    """Wait for as long as the launch wants, see START_DELAY. A signal ends the process meanwhile."""
    time.sleep(float(os.environ.pop(START_DELAY, "0")))


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # the process runs as another user
        pass
    return True
