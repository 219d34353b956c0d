"""When reset_node judges a step of an episode, and what it tells of it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import replace

from std_msgs.msg import Header

from ibrl_ros.nodes.pace import in_lockstep
from ibrl_ros.ros import names
from ibrl_ros.ros.convert import to_stamp
from ibrl_ros.ros.detector_camera import DetectorCamera
from ibrl_ros.ros.qos import COMMAND
from ibrl_ros.ros.runner import LoopNode
from ibrl_ros.ros.statuses import EpisodeStatus


class JudgingPace(ABC):
    """The pace of reset_node. In all of it `stamp_s` is the time of the newest proprioception, seconds."""

    @abstractmethod
    def blindness_before(self, stamp_s: float) -> str | None:
        """Why success couldn't be seen in an episode that began now; None if it could."""

    @abstractmethod
    def blindness(self, stamp_s: float) -> str | None:
        """Why success can't be seen any more in the episode that runs; None if it can."""

    @abstractmethod
    def lacks_picture(self, stamp_s: float) -> bool:
        """Whether to wait for another picture before the step is judged."""

    @abstractmethod
    def judged(self, stamp_s: float) -> None:
        """The episode goes on after the readings of this time."""

    @abstractmethod
    def news(self, status: EpisodeStatus) -> EpisodeStatus:
        """The part of a status that is told at once when it changes."""


class RealTime(JudgingPace):
    """Judge by the newest of everything, and end the episode when the camera falls silent."""

    def __init__(self, camera: DetectorCamera) -> None:
        self._camera = camera

    def blindness_before(self, stamp_s: float) -> str | None:
        """The camera is silent, or behind the robot."""
        return self._camera.blindness(stamp_s)

    def blindness(self, stamp_s: float) -> str | None:
        """The same."""
        return self._camera.blindness(stamp_s)

    def lacks_picture(self, stamp_s: float) -> bool:
        """Never: the newest counts."""
        return False

    def judged(self, stamp_s: float) -> None:
        """Nobody waits for it."""

    def news(self, status: EpisodeStatus) -> EpisodeStatus:
        """All of it."""
        return status


class Lockstep(JudgingPace):
    """Judge by readings of one instant, and let policy_node act on each step that has been judged."""

    def __init__(self, node: LoopNode, camera: DetectorCamera) -> None:
        node.one_thread = True
        self._camera = camera
        self._judged = node.create_publisher(Header, names.EPISODE_JUDGED, COMMAND)

    def blindness_before(self, stamp_s: float) -> str | None:
        """The camera has never been heard; how old its picture is says nothing."""
        return self._camera.blindness()

    def blindness(self, stamp_s: float) -> str | None:
        """Nothing: the picture is waited for."""
        return None

    def lacks_picture(self, stamp_s: float) -> bool:
        """Until the picture of this instant is there."""
        return self._camera.lags_behind(stamp_s)

    def judged(self, stamp_s: float) -> None:
        """Tell policy_node, which waits for it, on episode/judged."""
        self._judged.publish(Header(stamp=to_stamp(stamp_s)))

    def news(self, status: EpisodeStatus) -> EpisodeStatus:
        """All but what each step changes: episode/judged tells that, at a tenth of the cost."""
        return replace(status, step=0, stamp=0.0)


def make_pace(node: LoopNode, camera: DetectorCamera) -> JudgingPace:
    """The pace that the setting `clock` names.

    Args:
        node: keeps it.
        camera: of the success rule.
    """
    return Lockstep(node, camera) if in_lockstep(node) else RealTime(camera)
