"""How long another node may be silent before a node counts it as stopped."""

from __future__ import annotations

from abc import ABC, abstractmethod

from rclpy.node import Node

from ibrl_ros.control.silence import Silence
from ibrl_ros.nodes.pace import in_lockstep
from ibrl_ros.ros.runner import LoopNode

#: Statuses are repeated every 0.5 s: after this time without one, seconds, its node counts as stopped.
SILENT_S = 1.5
#: Commands of a person's device come 50 times a second.
COMMANDS_SILENT_S = 0.5
#: The learner's status comes late while it computes.
LEARNER_SILENT_S = 10.0


class Partner(ABC):
    """Another node, of which this node hears regularly while both run."""

    @abstractmethod
    def heard(self) -> None:
        """Record that a message of the other node has arrived."""

    @abstractmethod
    def silence(self) -> str:
        """Returns that the other node is silent, in words; empty if it isn't. Call it often."""


class RealTime(Partner):
    """Counts as stopped after `limit_s` without a message; both this and its return are logged."""

    def __init__(self, node: Node, name: str, limit_s: float, *, awaited: bool = False) -> None:
        self._name, self._log = name, node.get_logger()
        self._unheard = f"{name} hasn't been heard yet" if awaited else ""
        self._why = f"{name} has been silent for more than {limit_s:g} s"
        self._silence: Silence | None = None
        self._limit_s, self._silent = limit_s, False

    def heard(self) -> None:
        """Record that a message of the other node has arrived."""
        if self._silence is None:
            self._silence = Silence(self._limit_s)
        lasted_s = self._silence.heard()
        if self._silent:
            self._silent = False
            self._log.info(f"{self._name} is heard again, after {lasted_s:.1f} s")

    def silence(self) -> str:
        """Returns that the other node is silent, in words; empty if it isn't."""
        if self._silence is None:
            return self._unheard
        if not self._silence.too_long():
            return ""
        if not self._silent:
            self._silent = True
            self._log.warning(f"{self._why}; it goes on by itself once {self._name} is heard again")
        return self._why


class Lockstep(Partner):
    """Is never silent: in lockstep each node waits for the others as long as they need."""

    def heard(self) -> None:
        """Do nothing."""

    def silence(self) -> str:
        """Returns an empty string."""
        return ""


def make_partner(node: LoopNode, name: str, limit_s: float = SILENT_S, *, awaited: bool = False) -> Partner:
    """Returns the record of another node, by the clock that the setting `clock` names.

    Args:
        node: node that hears the other one.
        name: name of the other node.
        limit_s: longest silence, seconds.
        awaited: whether the other node counts as silent before its first message.
    """
    return Lockstep() if in_lockstep(node) else RealTime(node, name, limit_s, awaited=awaited)
