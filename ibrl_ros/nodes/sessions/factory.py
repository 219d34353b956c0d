"""Makes the session for policy_node's parameter `stage`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from ibrl_ros.config import ConfigError, TaskConfig, load_agent, load_camera, load_robot
from ibrl_ros.learning.meaning import meaning_of, meaning_of_pictures
from ibrl_ros.learning.run import Run, RunError, config_hash
from ibrl_ros.learning.weights_error import WeightsError
from ibrl_ros.nodes.pace.weights import make_pace
from ibrl_ros.nodes.sessions.base import Session
from ibrl_ros.nodes.sessions.collect import CollectSession
from ibrl_ros.nodes.sessions.evaluate import EvaluateSession
from ibrl_ros.nodes.sessions.train import TrainSession
from ibrl_ros.rl.config import AgentConfig
from ibrl_ros.rl.device import device_in_words, find_device
from ibrl_ros.ros.runner import LoopNode, UserError
from ibrl_ros.ros.setting_checks import cameras, parts


def make_session(node: LoopNode, task: TaskConfig, changed: Callable[[], None]) -> Session:
    """Returns the session for the node's `stage`; `changed` is called when its readiness may have changed.

    Raises:
        ConfigError: unknown stage, agent or robot.
        UserError: the run folder does not hold what the stage needs, holds episodes that were recorded with
            other settings, or can't be written to.
    """
    stage, run = node.setting("stage"), Run(node.setting("run_dir"))
    try:
        if stage == "collect":
            return _collect(node, run, task)
        if stage == "train":
            return _train(node, run, task, changed)
        return _evaluate(node, run, task)
    except (RunError, WeightsError, RuntimeError, OSError) as error:
        raise UserError(str(error)) from error


def _collect(node: LoopNode, run: Run, task: TaskConfig) -> Session:
    run.hold("demos", "policy_node (collect)")
    _keep_meaning(node, run, task)
    run.begin("collect", {"task": task.name, "robot": node.setting("robot"), "seed": node.setting("seed")})
    return CollectSession(run, node.setting("num_demos"), config_hash(_settings(node, task)))


def _train(node: LoopNode, run: Run, task: TaskConfig, changed: Callable[[], None]) -> Session:
    agent, hashed = _agent(node, task)
    if agent.warmup_policy == "random" and not node.setting("sim"):
        raise ConfigError("this agent's warmup_policy is random: on a robot take bc or agent, or simulate")
    if run.folder.is_dir():  # if the learner runs on another machine, this one may have no folder yet
        run.hold("spool", "policy_node (train)")
        _keep_meaning(node, run, task)
    return TrainSession(
        node,
        run,
        agent,
        max_steps=node.setting("max_steps"),
        pace=make_pace(node),
        device=_device(node),
        config_hash=hashed,
        changed=changed,
        sends_demos="learner" not in parts(node.setting("part")),
    )


def _evaluate(node: LoopNode, run: Run, task: TaskConfig) -> Session:
    agent, hashed = _agent(node, task)
    run.require().hold("eval", "policy_node (evaluate)")
    _keep_meaning(node, run, task)
    policy, episodes = node.setting("policy"), node.setting("num_episodes")
    seed, checkpoint = node.setting("seed"), node.setting("checkpoint")
    return EvaluateSession(run, agent, policy, episodes, seed, hashed, _device(node), checkpoint)


def _device(node: LoopNode) -> torch.device:
    """Returns the device of the policy, and writes it to the log."""
    device = find_device(node.setting("device"))
    node.get_logger().info(f"acting on {device_in_words(device)}")
    return device


def _settings(node: LoopNode, task: TaskConfig) -> dict[str, Any]:
    return {"task": task.model_dump(), "robot": node.setting("robot")}


def _agent(node: LoopNode, task: TaskConfig) -> tuple[AgentConfig, str]:
    """Returns the agent's configuration, and the hash of all settings of its episodes."""
    agent = load_agent(node.setting("agent"))
    return agent, config_hash({**_settings(node, task), "agent": agent.model_dump()})


def _keep_meaning(node: LoopNode, run: Run, task: TaskConfig) -> None:
    """Record what the run's episodes mean, or check that it is the same; cameras where they are started."""
    simulated = node.setting("sim")
    run.keep_meaning(meaning_of(task, load_robot(node.setting("robot")), simulated=simulated))
    started = cameras(node.setting("cameras", "none"))
    if not simulated and started and "robot" in parts(node.setting("part")):
        run.keep_pictures(meaning_of_pictures({name: load_camera(one) for name, one in started.items()}))
