"""Makes the session that policy_node's parameters ask for."""

from __future__ import annotations

from collections.abc import Callable

from ibrl_ros.config import ConfigError, TaskConfig, load_agent
from ibrl_ros.learning.run import Run, RunError, config_hash
from ibrl_ros.learning.weights import WeightsError
from ibrl_ros.nodes.sessions.base import Session
from ibrl_ros.nodes.sessions.collect import CollectSession
from ibrl_ros.nodes.sessions.evaluate import EvaluateSession
from ibrl_ros.nodes.sessions.train import TrainSession
from ibrl_ros.ros.runner import LoopNode, UserError

MODES = ("collect", "train", "evaluate")


def make_session(node: LoopNode, task: TaskConfig, changed: Callable[[], None]) -> Session:
    """The session for the node's parameter `mode`; `changed` is called when its readiness may have changed.

    Raises:
        ConfigError: unknown mode or agent.
        UserError: the run folder does not hold what the mode needs.
    """
    mode, run = node.setting("mode", "collect"), Run(node.setting("run_dir", "runs/default"))
    robot, seed = node.setting("robot", "sim"), node.setting("seed", 1)
    settings = {"task": task.model_dump(), "robot": robot}
    try:
        if mode == "collect":
            run.begin("collect", {"task": task.name, "robot": robot, "seed": seed})
            num_demos = node.setting("num_demos", 10)
            return CollectSession(run, num_demos, config_hash(settings))
        agent = load_agent(node.setting("agent", "small_pixels"))
        hashed = config_hash({**settings, "agent": agent.model_dump()})
        if mode == "train":
            if agent.warmup_policy == "random" and not node.setting("sim", True):
                raise ConfigError(
                    "this agent's warmup_policy is random: on a robot take bc or agent, or simulate"
                )
            return TrainSession(
                node,
                run,
                agent,
                max_steps=node.setting("max_steps", 16000),
                lockstep=node.setting("clock", "real_time") == "lockstep",
                config_hash=hashed,
                changed=changed,
            )
        if mode == "evaluate":
            policy, episodes = node.setting("policy", "ibrl"), node.setting("num_episodes", 50)
            return EvaluateSession(run.require(), agent, policy, episodes, seed, hashed)
    except (RunError, WeightsError, RuntimeError, OSError) as error:
        raise UserError(str(error)) from error
    raise ConfigError(f"unknown mode {mode!r}; known: {', '.join(MODES)}")
