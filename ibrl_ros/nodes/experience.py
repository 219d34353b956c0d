"""Receives the robot's episodes for the trainer: stores and acknowledges each, and queues the new ones."""

from __future__ import annotations

import threading
from collections.abc import Callable

from rclpy.node import Node
from std_msgs.msg import String, UInt8MultiArray

from ibrl_ros.data.codec import CorruptEpisodeError, UnsupportedEpisodeError, decode
from ibrl_ros.data.store import EpisodeStore
from ibrl_ros.learning.arrivals import Arrival
from ibrl_ros.ros import names
from ibrl_ros.ros.convert import bytes_value
from ibrl_ros.ros.diagnostics import Diagnostics
from ibrl_ros.ros.qos import QUEUE


class Experience:
    """Subscription to the topic experience, with a queue of new episodes for the learner's loop."""

    def __init__(
        self, node: Node, store: EpisodeStore, diagnostics: Diagnostics, complain: Callable[[str], None]
    ) -> None:
        """Subscribe.

        Args:
            node: node that subscribes.
            store: store of the run's training episodes.
            diagnostics: diagnostics of the node; report a silent topic.
            complain: callback with the error text if an episode can't be stored.
        """
        self._store, self._complain, self._log = store, complain, node.get_logger()
        self._arrived = threading.Condition()
        self._new: list[Arrival] = []
        self._acks = node.create_publisher(String, names.EXPERIENCE_ACK, QUEUE)
        self._monitor = diagnostics.watch(names.EXPERIENCE, stale_after_s=600.0)
        node.create_subscription(UInt8MultiArray, names.EXPERIENCE, self._on_episode, QUEUE)

    def take(self, timeout_s: float) -> list[Arrival]:
        """Returns the episodes since the last call; without any it waits for at most timeout_s seconds."""
        with self._arrived:
            if not self._new:
                self._arrived.wait(timeout_s)
            taken, self._new = self._new, []
        return taken

    def _on_episode(self, message: UInt8MultiArray) -> None:
        """Store an episode, then acknowledge it; an episode that is stored already is only acknowledged."""
        self._monitor.arrived()
        content = bytes(bytes_value(message))
        try:
            episode = decode(content, "an episode on the topic experience")
        except (CorruptEpisodeError, UnsupportedEpisodeError) as error:
            self._log.error(f"{error}; refused")
            return
        known = episode.metadata.id in self._store
        try:
            self._store.save(content)
        except OSError as error:  # the episode stays in policy_node's spool, and is sent again
            self._complain(f"episode {episode.metadata.index} can't be stored: {error}")
            return
        self._acks.publish(String(data=episode.metadata.id))
        if not known:
            with self._arrived:
                self._new.append(Arrival.of(episode))
                self._arrived.notify()
