"""The sessions of the 10 Hz loop, one for each stage: collect, train, evaluate."""

from ibrl_ros.nodes.sessions.base import Session
from ibrl_ros.nodes.sessions.factory import make_session

__all__ = ["Session", "make_session"]
