"""Has a node end with the launch that started it, whatever ends the launch."""

from __future__ import annotations

import ctypes
import os
import signal

#: The launch's process id, which the launch files set. A node that a person starts hasn't got it.
LAUNCH_PID = "IBRL_ROS_LAUNCH_PID"
_PR_SET_PDEATHSIG = 1


def end_with_launch() -> None:
    """Get a SIGTERM when the launch is gone, even if it was killed; end now if it is gone already.

    Genuine `ros2 launch` leaves its nodes running when it gets a SIGTERM or is killed, and a robot that goes
    on without its launch is nobody's. Without LAUNCH_PID nothing is done: a node that was started by hand may
    outlive its shell.
    """
    launch = os.environ.get(LAUNCH_PID, "")
    if not launch.isdecimal():
        return
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(signal.SIGTERM), 0, 0, 0)
    # It may have ended before the line above. With a prefix, such as a debugger's, it isn't the parent.
    if os.getppid() != int(launch) and not _runs(int(launch)):
        os._exit(0)


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # it runs, as somebody else
        pass
    return True
