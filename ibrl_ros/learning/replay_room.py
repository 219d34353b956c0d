"""Chooses by size where the replay buffer is: on the device, or in this machine's memory and a file."""

from __future__ import annotations

import logging
import math
from dataclasses import dataclass

import torch

from ibrl_ros.data.columns import Storage
from ibrl_ros.data.host_storage import HostStorage
from ibrl_ros.data.replay import ReplayBuffer
from ibrl_ros.learning.device_storage import DeviceStorage
from ibrl_ros.learning.run import Run
from ibrl_ros.rl.config import AgentConfig
from ibrl_ros.rl.spec import ObservationSpec

#: The buffer takes at most this part of a device's free memory: networks and gradients need the rest.
DEVICE_SHARE = 0.5
GB = 1e9
#: Default for `ReplayRoom.memory_gb`.
MEMORY_GB = 4.0

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class ReplayRoom:
    """What a machine has for the replay buffer. No result depends on it.

    Attributes:
        memory_gb: memory of this machine for images, GB; further images are in a file.
        steps: expected steps of all training episodes; None if unknown: the buffer isn't on the device then.
    """

    memory_gb: float = MEMORY_GB
    steps: int | None = None


def make_storage(
    run: Run,
    config: AgentConfig,
    spec: ObservationSpec,
    demo_steps: int,
    room: ReplayRoom,
    device: torch.device,
) -> Storage:
    """Returns the storage for a run's replay buffer, and writes to the log where it is.

    Args:
        run: its folder has the file of images.
        config: configuration of the agent.
        spec: shapes of its observations.
        demo_steps: steps of the demonstrations.
        room: what this machine has.
        device: device of the training.
    """
    host = HostStorage(room.memory_gb * GB, run.folder)
    if device.type == "cpu" or room.steps is None:
        return host
    rows = demo_steps + min(room.steps, config.replay_steps or room.steps)
    needed, free = rows * row_bytes(spec), free_bytes(device)
    sizes = f"{needed / GB:.1f} GB for {rows:,} steps, {device} has {free / GB:.1f} GB free"
    if needed <= DEVICE_SHARE * free:
        logger.info(f"the replay buffer is on the device: {sizes}")
        return DeviceStorage(device, rows)
    logger.info(f"the replay buffer is in this machine's memory, and batches are copied: {sizes}")
    return host


def make_buffer(
    config: AgentConfig, action_dim: int, num_proposals: int, storage: Storage | None = None
) -> ReplayBuffer:
    """Returns an empty replay buffer with the agent's settings; see ReplayBuffer for the other arguments."""
    return ReplayBuffer(
        config.gamma,
        config.n_step,
        action_dim=action_dim,
        prop_stack=config.prop_stack,
        num_proposals=num_proposals,
        bootstrap_on_timeout=config.bootstrap_on_timeout,
        keys=config.observed_keys,
        taught=config.taught,
        max_steps=config.replay_steps,
        storage=storage,
    )


def row_bytes(spec: ObservationSpec) -> int:
    """Bytes of a step's observation; actions, proposals and rewards are small beside it."""
    images = sum(math.prod(shape) for shape in spec.images.values())
    return images + 4 * (spec.prop_dim + (spec.state_dim or 0))


def free_bytes(device: torch.device) -> float:
    """Free memory of a device; 0 if it can't be asked."""
    return torch.cuda.mem_get_info(device)[0] if device.type == "cuda" else 0.0
