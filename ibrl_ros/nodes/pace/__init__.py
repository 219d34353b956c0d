"""The differences between real time and lockstep: one module for each node, with one class for each clock.

In real time a node follows the wall clock, and refuses readings that are too old. In lockstep, which needs
the simulation, the time is the stamp of the newest reading. Each node waits for its inputs, and the nodes
run as fast as the machine allows, so that a run is a function of its seed.
"""

from __future__ import annotations

from ibrl_ros.ros.runner import LoopNode


def in_lockstep(node: LoopNode) -> bool:
    """Whether the setting `clock` is "lockstep"."""
    return bool(node.setting("clock") == "lockstep")
