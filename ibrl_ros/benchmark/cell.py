"""Runs a cell in a process of its own: demonstrations, BC, training, and evaluation every so many steps.

`python -m ibrl_ros.benchmark.cell OUT FOLDER`, with the folder of a run that `prepare` has begun. The process
may be killed at any moment: started again it goes on from the last evaluation, with the same results.
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
from ibrl_ros.benchmark.rollout import flat, roll_out_soundly, scene_seed
from ibrl_ros.benchmark.shared_demos import locked, prepare_demonstrations
from ibrl_ros.benchmark.suite import Cell
from ibrl_ros.config import ConfigError
from ibrl_ros.control.step.choosers import PolicyChooser
from ibrl_ros.data.episode import Episode, Kind
from ibrl_ros.learning.arrivals import Arrival
from ibrl_ros.learning.imitation import action_dim_from, restore_bc, spec_from
from ibrl_ros.learning.run import Run, RunError
from ibrl_ros.learning.trainer import Trainer
from ibrl_ros.rl.agent import build_agent
from ibrl_ros.rl.allocator import keep_freed_memory

STAGE = "benchmark"
#: The same evaluation scenes for all seeds of training, so that methods and seeds can be compared.
EVALUATION_SEED = 0


def prepare(cell: Cell, out: Path) -> Run:
    """The cell's run, begun or to be resumed.

    Raises:
        RunError: it was begun with other settings.
    """
    run = Run(cell.folder(out))
    run.begin(STAGE, cell.model_dump(mode="json"))
    return run


class CellRun:
    """A cell at work. It acts with copies of the networks, as a robot would: the learner draws for itself."""

    def __init__(self, run: Run, shared: Path, cell: Cell) -> None:
        """Make or load what training begins with, or goes on from.

        Args:
            run: the cell's run.
            shared: folder of what all methods of the task and seed begin with.
            cell: what is to be done.

        Raises:
            RunError: the demonstrator succeeds too seldom.
        """
        self._run, self._cell, config = run, cell, cell.agent
        self._environment = make_environment(cell.environment, cell.cameras, config.image_size)
        prepare_demonstrations(run, shared, cell, self._environment)
        self._clocks = _clocks_s()
        self._trainer = Trainer(run, config, cell.seed)
        # A row that was written just before the process was killed, and its checkpoint wasn't, comes again.
        self._rows = [row for row in read_rows(run) if row.env_steps <= self._trainer.env_steps]
        self._trained_s = np.array(
            [self._rows[-1].wall_s, self._rows[-1].cpu_s] if self._rows else [0.0, 0.0]
        )
        facts = self._trainer.facts
        bc = restore_bc(self._trainer.bc.state_dict(), facts, config)
        self._actor = build_agent(config, spec_from(facts), action_dim_from(facts), seed=0)
        self._chooser = PolicyChooser(config, bc, self._actor)
        self._q_targets: list[float] = []

    def complete(self) -> None:
        """Train and evaluate up to the last evaluation; after it the training episodes are let go."""
        plan = self._cell.evaluation
        while not (self._rows and self._rows[-1].final):
            due = min(plan.every_steps * (len(self._rows) + 1), self._cell.steps)
            if self._trainer.env_steps < due:
                self._advance()
            else:
                self._note_progress()
        shutil.rmtree(self._run.replay.folder, ignore_errors=True)

    def _advance(self) -> None:
        """One training episode, and the updates that it calls for."""
        if not self._trainer.waiting:  # else it was stored before the process was stopped
            index = self._trainer.next_index
            warmup = index < self._cell.agent.warmup_episodes
            episode = self._roll_out("train", self._cell.seed, index, warmup=warmup, explore=True)
            self._run.replay.save(episode)
            self._trainer.receive(Arrival.of(episode))
        self._trainer.ingest()
        while self._trainer.due > 0:
            self._q_targets.append(self._trainer.update()["q_target"])

    def _note_progress(self) -> None:
        """Evaluate, and keep the result together with the state from which training goes on."""
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
            bc_share=progress["bc_share"],
            q_mean=float(np.mean(self._q_targets)) if self._q_targets else None,
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
        """An episode with the weights as they are now; in evaluation averaged, if the agent averages."""
        agent = self._trainer.agent
        self._actor.load_acting_state(agent.averaged_state() if kind == "eval" else agent.acting_state())
        return roll_out_soundly(
            self._environment,
            lambda observation: self._chooser.choose(flat(observation), warmup=warmup, explore=explore),
            lambda scene: self._chooser.begin(scene, self._trainer.env_steps),
            kind=kind,
            seed=scene_seed(kind, seed, index),
            index=index,
            task=self._cell.environment,
        )


def _clocks_s() -> NDArray[np.float64]:
    """The wall clock and this process's processor time, seconds."""
    return np.array([time.monotonic(), time.process_time()])


def main() -> None:
    """Run the cell whose folder is the second argument; what a person can put right is said in a line."""
    out, run = Path(sys.argv[1]), Run(sys.argv[2])
    torch.set_num_threads(1)
    keep_freed_memory()
    cell = Cell.model_validate(run.config()[STAGE])
    try:
        with locked(run.folder):
            CellRun(run, cell.shared_folder(out), cell).complete()
    except (ConfigError, RunError, FloatingPointError) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
