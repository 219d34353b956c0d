"""Configuration of a benchmark: the methods, tasks, seeds and evaluations."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, Field, PositiveInt, SerializeAsAny, model_validator

from ibrl_ros.config import ConfigError, load_agent
from ibrl_ros.config.base import Config, each_once
from ibrl_ros.config.loader import load, parse_agent
from ibrl_ros.extension import Extension
from ibrl_ros.registers import ALGORITHMS
from ibrl_ros.rl.config import AgentConfig

Seed = Annotated[int, Field(ge=0, lt=2**32)]


class TaskPlan(Config):
    """Demonstrations and training on one task."""

    steps: PositiveInt = Field(description="environment steps to train for")
    demos: PositiveInt = Field(description="successful demonstrations")
    operator_noise: float = Field(
        0.3, ge=0, description="the demonstrator's noise, as a share of the action range"
    )


class EvaluationPlan(Config):
    """Evaluations of the policy, without exploration, on the same scenes for all methods."""

    every_steps: PositiveInt = Field(2000, description="environment steps of training between evaluations")
    episodes: PositiveInt = Field(20, description="episodes of each evaluation")
    final_episodes: PositiveInt = Field(50, description="episodes of the last evaluation")


class Suite(Config):
    """A benchmark. The file is robot_configs/suites/<name>.yaml."""

    tasks: dict[str, TaskPlan] = Field(
        min_length=1, description="by environment: a file of robot_configs/tasks, or family/task"
    )
    methods: dict[str, str | dict[str, Any]] = Field(
        min_length=1,
        description="by label: an agent's name, or the contents of an agent's file; "
        "the other methods are compared with the first",
    )
    steps_share: dict[str, Annotated[float, Field(gt=0, le=1)]] = Field(
        {}, description="by method: the share of a task's steps that it trains for, if less than 1"
    )
    seeds: Annotated[tuple[Seed, ...], AfterValidator(each_once)] = Field(
        min_length=1, description="seeds of demonstrations and training"
    )
    evaluation: EvaluationPlan = EvaluationPlan()

    @model_validator(mode="after")
    def _shares_of_methods(self) -> Suite:
        if unknown := set(self.steps_share) - set(self.methods):
            raise ValueError(
                f"steps_share names {sorted(unknown)}, the methods are {', '.join(self.methods)}"
            )
        return self

    @model_validator(mode="after")
    def _cells_apart(self) -> Suite:
        for key, labels in (("tasks", self.tasks), ("methods", self.methods)):
            folders = [slug(label) for label in labels]
            if not all(folders):
                raise ValueError(f"{key}: a name is empty")
            try:
                each_once(folders)
            except ValueError as error:
                raise ValueError(f"{key} {list(labels)}: the folder {error}") from None
        return self

    def plan(self, task: str, method: str) -> TaskPlan:
        """The task's plan, with the method's steps."""
        plan = self.tasks[task]
        return plan.model_copy(update={"steps": round(plan.steps * self.steps_share.get(method, 1.0))})

    @property
    def reference(self) -> str:
        """The method with which the other methods are compared."""
        return next(iter(self.methods))


class Cell(Config):
    """One method on one task with one seed."""

    environment: str
    method: str
    seed: int
    plan: TaskPlan
    evaluation: EvaluationPlan
    cameras: tuple[str, ...] = Field(description="all cameras that the suite's methods observe")
    agent: Annotated[SerializeAsAny[AgentConfig], Extension(ALGORITHMS, "algorithm", "ibrl")]

    @property
    def steps(self) -> int:
        """Environment steps to train for: none where the agent never learns."""
        return self.plan.steps if self.agent.learns else 0

    def folder(self, out: Path) -> Path:
        """Folder of the cell's run."""
        return out / "cells" / slug(self.environment) / slug(self.method) / f"seed_{self.seed}"

    def shared_folder(self, out: Path) -> Path:
        """Folder of the demonstrations that all methods share."""
        return out / "shared" / slug(self.environment) / f"seed_{self.seed}"

    def __str__(self) -> str:
        return f"{self.environment}, {self.method}, seed {self.seed}"


def slug(label: str) -> str:
    """A label as a file name."""
    return re.sub(r"[^\w.+-]+", "-", label)


def load_suite(name: str) -> Suite:
    """The suite `name` (a file of robot_configs/suites, or a path).

    Raises:
        ConfigError: no such file, or an unknown, missing or invalid key.
    """
    return load("suites", name, Suite)


def cells(suite: Suite) -> Iterator[Cell]:
    """Yield all cells, seed after seed. Consecutive cells have different tasks, so that none has to wait.

    Raises:
        ConfigError: an agent can't be used; the message names the method.
    """
    agents = {label: _agent(label, method) for label, method in suite.methods.items()}
    cameras = tuple(dict.fromkeys(c for agent in agents.values() for c in agent.observed_cameras))
    for seed in suite.seeds:
        for method, agent in agents.items():
            for environment in suite.tasks:
                yield Cell(
                    environment=environment,
                    method=method,
                    seed=seed,
                    plan=suite.plan(environment, method),
                    evaluation=suite.evaluation,
                    cameras=cameras,
                    agent=agent,
                )


def _agent(label: str, method: str | dict[str, Any]) -> AgentConfig:
    if isinstance(method, dict):
        return parse_agent(f"method {label!r}", method)
    try:
        return load_agent(method)
    except ConfigError as error:
        raise ConfigError(f"method {label!r}: {error}") from error
