#!/bin/sh
# Creates .venv-peers for the public benchmarks: `.venv-peers/bin/ibrl benchmark metaworld`. May be repeated.
set -eu
cd "$(dirname "$0")/.."
venv="$PWD/.venv-peers"

say() { printf '%s\n' "peers: $*"; }

"${PYTHON:-python3}" -m venv "$venv"
pip() { "$venv/bin/python" -m pip --disable-pip-version-check "$@"; }

say "Meta-World, robosuite and PyTorch (a few minutes the first time, 3 to 7 GB on disk)"
pip install -q -r requirements-peers.txt
say "ibrl_ros, editable, without the MuJoCo of its simulation"
pip install -q --no-deps -e .
say "done: .venv-peers/bin/ibrl benchmark metaworld"
