"""Runs one cell: demonstrations, BC, training, and an evaluation after every few thousand steps.

`python -m ibrl_ros.benchmark.cell OUT FOLDER DEVICE`, with the folder of a run from `prepare`. The process
may be killed at any time: the same command resumes from the last evaluation, with the same results.
"""

from __future__ import annotations

import shutil
import sys
import time
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from ibrl_ros.benchmark.environments import make_environment
from ibrl_ros.benchmark.results import Row, read_rows, write_rows
from ibrl_ros.benchmark.rollout import EpisodeSpec, flat, roll_out_with_retries, scene_seed
from ibrl_ros.benchmark.shared_demos import locked, prepare_demonstrations
from ibrl_ros.benchmark.suite import Cell
from ibrl_ros.config import ConfigError
from ibrl_ros.control.step.choosers import PolicyChooser
from ibrl_ros.data.episode import Episode, Kind
from ibrl_ros.learning.arrivals import Arrival
from ibrl_ros.learning.imitation import action_dim_from, restore_bc, spec_from
from ibrl_ros.learning.replay_room import ReplayRoom
from ibrl_ros.learning.run import Run, RunError
from ibrl_ros.learning.trainer import Trainer
from ibrl_ros.rl.agent import build_agent
from ibrl_ros.rl.allocator import keep_freed_memory
from ibrl_ros.rl.device import CPU, find_device
from ibrl_ros.rl.learning_step import read

STAGE = "benchmark"
#: The same evaluation scenes for all seeds of training, so that methods and seeds can be compared.
EVALUATION_SEED = 0


def prepare(cell: Cell, out: Path) -> Run:
    """Create the cell's run, or open it to resume.

    Raises:
        RunError: the run has other settings.
    """
    run = Run(cell.folder(out))
    run.begin(STAGE, cell.model_dump(mode="json"))
    return run


class CellRun:
    """Trains and evaluates one cell.

    Actions come from copies of the networks, as on a robot, so that acting doesn't use the learner's draws.
    """

    def __init__(self, run: Run, shared: Path, cell: Cell, device: torch.device = CPU) -> None:
        """Create the demonstrations, BC policy and trainer, or load them to resume.

        Args:
            run: run of the cell.
            shared: folder of the demonstrations and BC policies shared by all methods of task and seed.
            cell: the cell.
            device: device of training and policy.

        Raises:
            RunError: the demonstrator fails too often.
        """
        self._run, self._cell, config = run, cell, cell.agent
        self._environment = make_environment(cell.environment, cell.cameras, config.image_size)
        prepare_demonstrations(run, shared, cell, self._environment)
        self._clocks = _clocks_s()
        room = ReplayRoom(steps=cell.steps)
        self._trainer = Trainer(run, config, cell.seed, device=device, room=room)
        # Drop a row whose checkpoint is missing, as the process was killed in between: it is evaluated again.
        self._rows = [row for row in read_rows(run) if row.env_steps <= self._trainer.env_steps]
        self._trained_s = np.array(
            [self._rows[-1].wall_s, self._rows[-1].cpu_s] if self._rows else [0.0, 0.0]
        )
        facts = self._trainer.facts
        bc = restore_bc(self._trainer.bc.state_dict(), facts, config, device)
        self._actor = build_agent(config, spec_from(facts), action_dim_from(facts), 0, device)
        self._chooser = PolicyChooser(config, bc, self._actor)
        self._q_targets: list[torch.Tensor] = []

    def complete(self) -> None:
        """Train and evaluate until the last evaluation; then delete the training episodes."""
        plan = self._cell.evaluation
        while not (self._rows and self._rows[-1].final):
            due = min(plan.every_steps * (len(self._rows) + 1), self._cell.steps)
            if self._trainer.env_steps < due:
                self._advance()
            else:
                self._note_progress()
        shutil.rmtree(self._run.replay.folder, ignore_errors=True)

    def _advance(self) -> None:
        """Run one training episode, and the updates due after it."""
        if not self._trainer.waiting:  # else the episode was stored before the process was stopped
            index = self._trainer.next_index
            warmup = index < self._cell.agent.warmup_episodes
            episode = self._roll_out("train", self._cell.seed, index, warmup=warmup, explore=True)
            self._run.replay.save(episode)
            self._trainer.receive(Arrival.of(episode))
        self._trainer.ingest()
        while self._trainer.due > 0:
            self._q_targets.append(self._trainer.update()["q_target"])

    def _note_progress(self) -> None:
        """Evaluate, and save the result and a checkpoint."""
        self._trained_s += _clocks_s() - self._clocks
        plan, progress = self._cell.evaluation, self._trainer.progress()
        final = self._trainer.env_steps >= self._cell.steps
        episodes = plan.final_episodes if final else plan.episodes
        row = Row(
            env_steps=self._trainer.env_steps,
            wall_s=self._trained_s[0],
            cpu_s=self._trained_s[1],
            episodes=episodes,
            successes=sum(
                self._roll_out("eval", EVALUATION_SEED, index).metadata.succeeded for index in range(episodes)
            ),
            train_episodes=int(progress["episodes"]),
            train_failures=int(progress["failures"]),
            train_successes="".join(str(int(success)) for success in self._trainer.successes),
            bc_share=progress["bc_share"],
            q_mean=float(np.mean(read(*self._q_targets))) if self._q_targets else None,
            final=final,
        )
        self._q_targets.clear()
        self._rows.append(row)
        write_rows(self._run, self._rows)
        self._trainer.save()
        print(f"{self._cell}: {row}", flush=True)
        self._clocks = _clocks_s()

    def _roll_out(
        self, kind: Kind, seed: int, index: int, *, warmup: bool = False, explore: bool = False
    ) -> Episode:
        """Run an episode with the present weights; in evaluation with the averaged ones, if there are any."""
        agent = self._trainer.agent
        self._actor.load_acting_state(agent.averaged_state() if kind == "eval" else agent.acting_state())
        return roll_out_with_retries(
            self._environment,
            lambda observation: self._chooser.choose(flat(observation), warmup=warmup, explore=explore),
            lambda scene: self._chooser.begin(scene, self._trainer.env_steps),
            EpisodeSpec(kind, scene_seed(kind, seed, index), index, self._cell.environment),
        )


def _clocks_s() -> NDArray[np.float64]:
    """Wall clock and processor time of this process, s."""
    return np.array([time.monotonic(), time.process_time()])


def main() -> None:
    """Run the cell whose folder is the second argument. An error of the user is printed as one line."""
    out, run, device = Path(sys.argv[1]), Run(sys.argv[2]), find_device(sys.argv[3])
    torch.set_num_threads(1)
    keep_freed_memory()
    cell = Cell.model_validate(run.config()[STAGE])
    try:
        with locked(run.folder):
            CellRun(run, cell.shared_folder(out), cell, device).complete()
    except (ConfigError, RunError, FloatingPointError) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
