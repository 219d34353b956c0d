"""Imitation Bootstrapped Reinforcement Learning on real robots, with ROS 2."""

from pathlib import Path

# An installation has sim/ and teleop/ in this folder, a checkout beside it. Where the checkout itself
# is on the path, as after `colcon build --symlink-install`, they are found through this.
if not (Path(__file__).parent / "sim").is_dir():
    __path__.append(str(Path(__file__).resolve().parents[1]))
