"""Started by test_launched: starts a command in the environment of our launch files, as genuine launch does.

That is without a word to the kernel of what becomes of the command when this process is killed. With the
argument `by_hand` the launch files' environment is left out.
"""

import subprocess
import sys

from launch import LaunchContext

how, *command = sys.argv[1:]
if how == "launched":
    from ibrl_ros.ros.launching import environment

    context = LaunchContext()
    for action in environment():
        action.visit(context)
started = subprocess.Popen(command)
print(started.pid, flush=True)
started.wait()
