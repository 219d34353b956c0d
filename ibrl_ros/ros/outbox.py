"""Sends episodes until the learner acknowledges them. Each is stored on disk before it is sent."""

from __future__ import annotations

import threading
import time
from pathlib import Path

from rclpy.exceptions import InvalidHandle
from rclpy.node import Node
from std_msgs.msg import String, UInt8MultiArray

from ibrl_ros.data.episode import Episode
from ibrl_ros.data.folder_index import parse_name
from ibrl_ros.data.store import EpisodeStore
from ibrl_ros.ros import names
from ibrl_ros.ros.convert import bytes_message
from ibrl_ros.ros.qos import QUEUE
from ibrl_ros.ros.turns import Turns

#: How often it looks whether somebody listens.
LOOK_S = 1.0
COMPLAIN_EVERY_S = 10.0


class KeptEpisodes(EpisodeStore):
    """Episodes to be sent that stay where they are: an acknowledged one is only not sent again."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._acknowledged: set[str] = set()

    def ids(self) -> list[str]:
        """The ids of those that aren't acknowledged, in the order of their indices."""
        return [one for one in super().ids() if one not in self._acknowledged]

    def remove(self, episode_id: str) -> None:
        """Don't send it any more."""
        self._acknowledged.add(episode_id)


class Outbox:
    """A spool of finished episodes to be sent to the learner.

    An episode is removed from the spool, unless that is of KeptEpisodes, when the learner says that it is
    stored. So no finished episode is lost if either process is killed. Files are read and sent on a thread of
    their own, one at a time, and only while somebody subscribes, so that a learner that is away doesn't delay
    the robot's loop.
    """

    def __init__(self, node: Node, spool: EpisodeStore) -> None:
        """Begin to send what an earlier process has left. Damaged files are renamed to `*.corrupt`."""
        self._spool, self._log = spool, node.get_logger()
        # Steps by index, also of acknowledged episodes: the learner's status may be older than its acks.
        self._steps = _steps_by_index(spool)
        self._news, self._closed = threading.Event(), False
        self._turns, self._listeners = Turns(time.monotonic), 0
        self._publisher = node.create_publisher(UInt8MultiArray, names.EXPERIENCE, QUEUE)
        node.create_subscription(String, names.EXPERIENCE_ACK, self._on_ack, QUEUE)
        self._thread = threading.Thread(target=self._work, name="outbox", daemon=True)
        self._thread.start()

    def next_index(self) -> int:
        """One more than the largest index sent since the start; 0 if nothing was sent."""
        return max(self._steps, default=-1) + 1

    def steps_from(self, index: int) -> int:
        """Number of steps in the episodes sent since the start whose index is at least `index`."""
        return sum(steps for known, steps in self._steps.items() if known >= index)

    def send(self, episode: Episode) -> None:
        """Store the episode; it is sent as soon as those before it are stored by the learner.

        Raises:
            StorageError: the spool can't be written to.
        """
        self._spool.save(episode)
        self._steps[episode.metadata.index] = len(episode)
        self._news.set()

    def close(self) -> None:
        """Send nothing any more."""
        self._closed = True
        self._news.set()
        self._thread.join()

    def _work(self) -> None:
        try:
            while not self._closed:
                self._news.clear()
                chosen, rest_s = self._choose()
                if chosen is not None:
                    self._publish(chosen)
                elif not self._closed:
                    self._news.wait(min(rest_s, LOOK_S))
        except InvalidHandle:  # the node is gone
            return

    def _choose(self) -> tuple[str | None, float]:
        """The episode to send now, and if none, how long there is none, s."""
        listeners, before = self._publisher.get_subscription_count(), self._listeners
        self._listeners = listeners
        if listeners > before:
            self._turns.restart()
        return self._turns.next(self._spool.ids()) if listeners else (None, LOOK_S)

    def _publish(self, episode_id: str) -> None:
        self._turns.sent(episode_id, self._spool.ids())
        try:
            content = self._spool.content(episode_id)
        except OSError as error:
            self._log.error(f"episode {episode_id} can't be sent: {error}. It is tried again")
            return
        if content is not None:
            self._publisher.publish(bytes_message(content))

    def _on_ack(self, message: String) -> None:
        try:
            self._spool.remove(message.data)
        except OSError as error:  # it is sent and acknowledged again
            self._log.error(
                f"{self._spool.folder}: an episode that the learner has stored can't be removed: {error}",
                throttle_duration_sec=COMPLAIN_EVERY_S,
            )
            return
        self._news.set()


def _steps_by_index(spool: EpisodeStore) -> dict[int, int]:
    """Steps of each episode in the spool."""
    found = {}
    for path, episode_id in zip(spool.paths(), spool.ids(), strict=True):
        parsed, steps = parse_name(path.name), spool.steps(episode_id)
        if parsed is not None and steps is not None:
            found[parsed[0]] = steps
    return found
