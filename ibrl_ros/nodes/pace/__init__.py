"""What real time and lockstep differ in, one module for each node that asks: its two classes are the answers.

In real time a node keeps to the wall clock, and judges what it hears by its age. In lockstep, which needs the
simulation, time is what the newest reading says: each node waits for its turn, and all go as fast as the
machine can, so that a run is a function of its seed.
"""

from __future__ import annotations

from ibrl_ros.ros.runner import LoopNode


def in_lockstep(node: LoopNode) -> bool:
    """Whether the setting `clock` says so."""
    return bool(node.setting("clock") == "lockstep")
