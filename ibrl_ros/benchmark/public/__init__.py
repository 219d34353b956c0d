"""Public benchmarks as environments to learn in. Each module needs .venv-peers, which `make peers` makes."""

import ibrl_ros.sim  # noqa: F401  before MuJoCo is: it settles how MuJoCo renders without a display
