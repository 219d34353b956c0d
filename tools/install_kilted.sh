#!/bin/sh
# Creates .venv-kilted with ROS 2 Kilted's wheels, ibrl_ros and ros2_lite. All other packages, such as PyTorch, are
# used from .venv, which is later on the path; so this takes half a minute and 300 MB.
set -eu
cd "$(dirname "$0")/.."
venv="$PWD/.venv-kilted"
# Hide .venv's ROS 2 and a sourced one: the wheels read these variables when Python starts.
unset PYTHONPATH LD_LIBRARY_PATH AMENT_PREFIX_PATH _ROS_WHEELS_BOOTSTRAP_COMPLETE

rm -rf "$venv"
.venv/bin/python -m venv --without-pip "$venv"
pip() { env -u LD_LIBRARY_PATH .venv/bin/python -m pip --disable-pip-version-check --python "$venv/bin/python" "$@"; }
printf '%s\n' "install: .venv-kilted, ROS 2 Kilted from wheels (50 MB)"
pip install -q -r requirements-ros-kilted.txt -c requirements.txt
pip install -q --no-deps tools/ros2_lite
pip install -q --no-deps -e .
.venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))' \
    >"$("$venv/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/venv.pth"
"$venv/bin/python" -P ibrl_ros/ros/distribution.py | grep Kilted
