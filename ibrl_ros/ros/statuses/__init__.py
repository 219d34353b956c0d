"""The statuses that nodes publish: one class for each topic, sent as a stock message with text values."""

from ibrl_ros.ros.statuses.episode import EpisodeStatus
from ibrl_ros.ros.statuses.learner import LearnerState, LearnerStatus
from ibrl_ros.ros.statuses.mode import RobotModeStatus
from ibrl_ros.ros.statuses.policy import PolicyState, PolicyStatus
from ibrl_ros.ros.statuses.robot import RobotStatus
from ibrl_ros.ros.statuses.scene import SceneStatus
from ibrl_ros.ros.statuses.status import Status
from ibrl_ros.ros.statuses.topic import REPEAT_S, hear_status, status_teller

__all__ = [
    "REPEAT_S",
    "EpisodeStatus",
    "LearnerState",
    "LearnerStatus",
    "PolicyState",
    "PolicyStatus",
    "RobotModeStatus",
    "RobotStatus",
    "SceneStatus",
    "Status",
    "hear_status",
    "status_teller",
]
