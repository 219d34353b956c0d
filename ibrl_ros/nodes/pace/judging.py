"""When reset_node judges a step of an episode, and when it publishes the result."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from dataclasses import replace

from std_msgs.msg import Header

from ibrl_ros.nodes.pace import in_lockstep
from ibrl_ros.nodes.pace.partners import SILENT_S
from ibrl_ros.ros import names
from ibrl_ros.ros.convert import to_stamp
from ibrl_ros.ros.detector_camera import DetectorCamera
from ibrl_ros.ros.qos import COMMAND
from ibrl_ros.ros.runner import LoopNode
from ibrl_ros.ros.statuses import EpisodeStatus


class JudgingPace(ABC):
    """The pace of reset_node. The argument `stamp_s` is the stamp of the newest proprioception, seconds."""

    @abstractmethod
    def begin(self) -> None:
        """Begin an episode."""

    @abstractmethod
    def absence(self) -> str:
        """Returns why steps weren't judged since the last call, or `begin`; empty if all were."""

    @abstractmethod
    def blindness_before(self, stamp_s: float) -> str | None:
        """Returns why success can't be detected if an episode begins now; None if it can."""

    @abstractmethod
    def blindness(self, stamp_s: float) -> str | None:
        """Returns why success can no longer be detected in the running episode; None if it can."""

    @abstractmethod
    def lacks_picture(self, stamp_s: float) -> bool:
        """Returns whether the step can be judged only after another picture has arrived."""

    @abstractmethod
    def judged(self, stamp_s: float) -> None:
        """Report that the readings of this time were judged and the episode continues."""

    @abstractmethod
    def news(self, status: EpisodeStatus) -> EpisodeStatus:
        """Returns the part of a status whose change is published at once."""


class RealTime(JudgingPace):
    """Judges by the newest reading of each input, and ends the episode if the camera falls silent."""

    def __init__(self, camera: DetectorCamera) -> None:
        self._camera = camera
        self._looked_s = time.monotonic()

    def begin(self) -> None:
        """Begin an episode."""
        self._looked_s = time.monotonic()

    def absence(self) -> str:
        """Returns why steps weren't judged: reset_node itself was stopped; empty if it wasn't."""
        before_s, self._looked_s = self._looked_s, time.monotonic()
        away_s = self._looked_s - before_s
        return f"reset_node was stopped for {away_s:.1f} s" if away_s > SILENT_S else ""

    def blindness_before(self, stamp_s: float) -> str | None:
        """Returns why success can't be detected: the camera is silent, or its picture is too old."""
        return self._camera.blindness(stamp_s)

    def blindness(self, stamp_s: float) -> str | None:
        """Returns why success can't be detected: the camera is silent, or its picture is too old."""
        return self._camera.blindness(stamp_s)

    def lacks_picture(self, stamp_s: float) -> bool:
        """Returns False: in real time a step is judged by the newest picture."""
        return False

    def judged(self, stamp_s: float) -> None:
        """Do nothing: in real time policy_node doesn't wait for the judgement."""

    def news(self, status: EpisodeStatus) -> EpisodeStatus:
        """Returns the whole status: any change is published at once."""
        return status


class Lockstep(JudgingPace):
    """Judges by readings with the same stamp; policy_node acts on a step only after the judgement."""

    def __init__(self, node: LoopNode, camera: DetectorCamera) -> None:
        node.one_thread = True
        self._camera = camera
        self._judged = node.create_publisher(Header, names.EPISODE_JUDGED, COMMAND)

    def begin(self) -> None:
        """Do nothing: in lockstep every step is judged."""

    def absence(self) -> str:
        """Returns an empty string: in lockstep every step is judged."""
        return ""

    def blindness_before(self, stamp_s: float) -> str | None:
        """Returns why success can't be detected: the camera is silent. Stamps aren't compared."""
        return self._camera.blindness()

    def blindness(self, stamp_s: float) -> str | None:
        """Returns None: in lockstep reset_node waits for the picture."""
        return None

    def lacks_picture(self, stamp_s: float) -> bool:
        """Returns True until the picture with this stamp has arrived."""
        return self._camera.lags_behind(stamp_s)

    def judged(self, stamp_s: float) -> None:
        """Publish the stamp on episode/judged, for which policy_node waits."""
        self._judged.publish(Header(stamp=to_stamp(stamp_s)))

    def news(self, status: EpisodeStatus) -> EpisodeStatus:
        """Returns the status without step and stamp: episode/judged carries these at a tenth of the cost."""
        return replace(status, step=0, stamp=0.0)


def make_pace(node: LoopNode, camera: DetectorCamera) -> JudgingPace:
    """Returns the pace that the setting `clock` names.

    Args:
        node: reset_node.
        camera: the camera of the success rule.
    """
    return Lockstep(node, camera) if in_lockstep(node) else RealTime(camera)
