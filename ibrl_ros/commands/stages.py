"""The demo's stages: the launch command of each, and how far it has come, as its run folder shows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ibrl_ros.learning.run import Run

VIDEO_EPISODES = 5


@dataclass(frozen=True)
class Settings:
    """The settings that determine a demo's result."""

    task: str
    robot: str
    agent: str
    seed: int
    num_demos: int
    operator_noise: float
    max_steps: int
    eval_episodes: int


@dataclass(frozen=True)
class Stage:
    """One launch.

    Attributes:
        name: short, for files and messages.
        launch_file: of this package.
        arguments: beyond those that all stages share.
        wanted: how much of `unit` completes the stage.
        done: how much there is in a run's folder.
    """

    name: str
    launch_file: str
    arguments: dict[str, Any]
    wanted: int
    unit: str
    done: Callable[[Run], int]

    def complete(self, run: Run) -> bool:
        """Whether nothing is left to do."""
        return self.done(run) >= self.wanted

    def command(self, run: Run, settings: Settings) -> list[str]:
        """The command line, as a person would type it."""
        shared = {
            "task": settings.task,
            "robot": settings.robot,
            "run_dir": str(run.folder),
            "sim": "true",
            "clock": "lockstep",
            "seed": settings.seed,
        }
        arguments = [f"{key}:={value}" for key, value in {**shared, **self.arguments}.items()]
        return ["ros2", "launch", "ibrl_ros", self.launch_file, *arguments]


def stages(settings: Settings) -> list[Stage]:
    """Demonstrations, training, then BC and IBRL over the same evaluation episodes."""
    agent = {"agent": settings.agent}
    episodes = {"num_episodes": settings.eval_episodes}
    return [
        Stage(
            "collect",
            "collect_demos.launch.py",
            {"num_demos": settings.num_demos, "operator_noise": settings.operator_noise},
            settings.num_demos,
            "demonstrations",
            successful_demos,
        ),
        Stage(
            "train",
            "train_online.launch.py",
            {**agent, "max_steps": settings.max_steps},
            settings.max_steps,
            "environment steps",
            learned_steps,
        ),
        Stage(
            "evaluate-bc",
            "evaluate.launch.py",
            {**agent, "policy": "bc", **episodes},
            settings.eval_episodes,
            "episodes",
            lambda run: len(run.evaluation("bc")),
        ),
        Stage(
            "evaluate-ibrl",
            "evaluate.launch.py",
            {**agent, "policy": "ibrl", **episodes, "video_episodes": VIDEO_EPISODES},
            settings.eval_episodes,
            "episodes",
            lambda run: len(run.evaluation("ibrl")),
        ),
    ]


def successful_demos(run: Run) -> int:
    """The number of successful demonstrations."""
    return sum(demo.metadata.succeeded for demo in run.demos.iterate())


def learned_steps(run: Run) -> int:
    """Environment steps in the newest checkpoint; one less while updates are still due for them."""
    from ibrl_ros.learning.checkpoint import load_facts

    facts = load_facts(run.checkpoints)
    return facts["env_steps"] - (facts["due"] > 0) if facts else 0


def differences(recorded: dict[str, Any], wanted: Settings) -> list[str]:
    """The settings in which a demo that was begun differs from the one that is wanted, in words."""
    return [
        f"{key}={recorded.get(key)} (now {value})"
        for key, value in asdict(wanted).items()
        if recorded.get(key) != value
    ]
