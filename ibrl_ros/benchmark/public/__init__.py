"""Public benchmarks as environments. The modules need .venv-peers, which `make peers` creates."""

import ibrl_ros.sim  # noqa: F401  before MuJoCo: it sets how MuJoCo renders without a display
