"""Networks and agents in plain PyTorch: tensors in, tensors out."""

from ibrl_ros.rl.agent import Agent, build_agent
from ibrl_ros.rl.config import AgentConfig
from ibrl_ros.rl.ibrl import IbrlAgent
from ibrl_ros.rl.ibrl_config import IbrlConfig
from ibrl_ros.rl.proposals.bc_policy import BcPolicy
from ibrl_ros.rl.proposals.build import build_bc
from ibrl_ros.rl.spec import Batch, Choice, Obs, ObservationSpec

__all__ = [
    "Agent",
    "AgentConfig",
    "Batch",
    "BcPolicy",
    "Choice",
    "IbrlAgent",
    "IbrlConfig",
    "Obs",
    "ObservationSpec",
    "build_agent",
    "build_bc",
]
