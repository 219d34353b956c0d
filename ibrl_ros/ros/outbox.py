"""Sends episodes until they are acknowledged; what ended is on disk before it is sent."""

from __future__ import annotations

from rclpy.node import Node
from std_msgs.msg import String, UInt8MultiArray

from ibrl_ros.data.codec import encode
from ibrl_ros.data.episode import Episode
from ibrl_ros.data.store import EpisodeStore
from ibrl_ros.ros import names
from ibrl_ros.ros.convert import bytes_message
from ibrl_ros.ros.qos import QUEUE

RESEND_S = 5.0


class Outbox:
    """A spool of finished episodes on their way to the learner.

    An episode leaves the spool when the learner says that it has stored it. So either side can be killed at
    any moment without losing what had ended.
    """

    def __init__(self, node: Node, spool: EpisodeStore) -> None:
        self._spool = spool
        # Those that leave the spool stay: the learner's word on what is stored may be older than its acks.
        self._steps: dict[int, int] = {}
        self._publisher = node.create_publisher(UInt8MultiArray, names.EXPERIENCE, QUEUE)
        node.create_subscription(String, names.EXPERIENCE_ACK, self._on_ack, QUEUE)
        node.create_timer(RESEND_S, self._resend)
        self._resend()

    def next_index(self) -> int:
        """One more than the largest index that was on its way since the start; 0 when nothing was."""
        return max(self._steps, default=-1) + 1

    def steps_from(self, index: int) -> int:
        """Steps of the episodes on their way since the start whose index is at least this."""
        return sum(steps for known, steps in self._steps.items() if known >= index)

    def send(self, episode: Episode) -> None:
        """Store the episode and send it."""
        content = encode(episode)
        self._spool.save(content)
        self._publish(episode, content)

    def _resend(self) -> None:
        for episode in self._spool.iterate():  # a damaged file is set aside, not sent
            self._publish(episode, encode(episode))

    def _publish(self, episode: Episode, content: bytes) -> None:
        self._steps[episode.metadata.index] = len(episode)
        self._publisher.publish(bytes_message(content))

    def _on_ack(self, message: String) -> None:
        self._spool.remove(message.data)
