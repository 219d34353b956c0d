"""Receives the robots' episodes for the trainer: stores and acknowledges each, and queues the new ones."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from rclpy.node import Node
from std_msgs.msg import String, UInt8MultiArray

from ibrl_ros.data.codec import CorruptEpisodeError, UnsupportedEpisodeError, decode
from ibrl_ros.data.episode import Kind
from ibrl_ros.data.store import EpisodeStore
from ibrl_ros.learning.arrivals import Arrival
from ibrl_ros.ros import names
from ibrl_ros.ros.convert import bytes_value
from ibrl_ros.ros.diagnostics import Diagnostics
from ibrl_ros.ros.qos import QUEUE


class Experience:
    """Subscriptions to the topic experience of each robot, with a queue of new training episodes.

    An episode is acknowledged to the robot that has sent it.

    Attributes:
        demos: ids of the demonstrations that have arrived since the start and are stored, by robot.
    """

    def __init__(
        self,
        node: Node,
        stores: Mapping[Kind, EpisodeStore],
        diagnostics: Diagnostics,
        complain: Callable[[str], None],
        robots: Sequence[str] = ("",),
    ) -> None:
        """Subscribe.

        Args:
            node: node that subscribes.
            stores: the run's stores by kind of episode; episodes of other kinds are refused.
            diagnostics: diagnostics of the node; report a silent topic.
            complain: callback with the error text if an episode can't be stored.
            robots: names of several robots; one empty name for one robot in the node's own namespace.
        """
        self._stores, self._complain, self._log = stores, complain, node.get_logger()
        self._arrived = threading.Condition()
        self._new: list[Arrival] = []
        self.demos: dict[str, set[str]] = defaultdict(set)
        self._node, self._acks, self._monitors = node, {}, {}
        for robot in robots:
            topic = names.of_robot(robot, names.EXPERIENCE)
            self._acks[robot] = node.create_publisher(
                String, names.of_robot(robot, names.EXPERIENCE_ACK), QUEUE
            )
            self._monitors[robot] = diagnostics.watch(topic, stale_after_s=600.0)
            node.create_subscription(UInt8MultiArray, topic, partial(self._on_episode, robot), QUEUE)

    def present(self, robot: str) -> bool:
        """Returns whether the policy_node of this robot is there."""
        return self._node.count_publishers(names.of_robot(robot, names.EXPERIENCE)) > 0

    def take(self, timeout_s: float) -> list[Arrival]:
        """Returns the episodes since the last call; without any it waits for at most timeout_s seconds."""
        with self._arrived:
            if not self._new:
                self._arrived.wait(timeout_s)
            taken, self._new = self._new, []
        return taken

    def _on_episode(self, robot: str, message: UInt8MultiArray) -> None:
        """Store an episode, then acknowledge it; an episode that is stored already is only acknowledged."""
        self._monitors[robot].arrived()
        content = bytes(bytes_value(message))
        try:
            episode = decode(content, "an episode on the topic experience")
        except (CorruptEpisodeError, UnsupportedEpisodeError) as error:
            self._log.error(f"{error}; refused")
            return
        metadata, store = episode.metadata, self._stores.get(episode.metadata.kind)
        if store is None:
            self._log.error(f"episode {metadata.id} is of the kind {metadata.kind}; refused")
            return
        if metadata.kind == "train" and metadata.robot != robot:
            of, here = metadata.robot or "a robot without a name", robot or "a robot without a name"
            self._log.error(
                f"episode {metadata.id} is of {of}, and arrived from {here}: refused. Start the learner with "
                "the robots:= of that run, or move the episode out of the spool/ of the sender's run"
            )
            return
        known = metadata.id in store
        try:
            store.save(episode, content)
        except OSError as error:  # the episode stays in policy_node's spool, and is sent again
            self._complain(f"episode {metadata.index} can't be stored: {error}")
            return
        if metadata.kind == "demo":
            self.demos[robot].add(metadata.id)
        self._acks[robot].publish(String(data=metadata.id))
        if not known and metadata.kind == "train":
            with self._arrived:
                self._new.append(Arrival.of(episode))
                self._arrived.notify()
