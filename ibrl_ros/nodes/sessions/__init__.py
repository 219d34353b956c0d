"""The uses of the 10 Hz loop: collecting demonstrations, training, evaluating."""

from ibrl_ros.nodes.sessions.base import Session
from ibrl_ros.nodes.sessions.factory import make_session

__all__ = ["Session", "make_session"]
