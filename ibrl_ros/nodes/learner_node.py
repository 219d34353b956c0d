"""learner_node: stores the robot's episodes, trains on them, and sends the weights back."""

from __future__ import annotations

import contextlib
import time
import traceback
from typing import NoReturn

import torch
from std_msgs.msg import UInt8MultiArray

from ibrl_ros.config import load_agent, load_task
from ibrl_ros.data.episode import Kind
from ibrl_ros.data.store import EpisodeStore
from ibrl_ros.learning.keeping import Keep
from ibrl_ros.learning.metrics import EVERY_UPDATES, MetricsLog
from ibrl_ros.learning.replay_room import ReplayRoom
from ibrl_ros.learning.run import Run, RunError
from ibrl_ros.learning.trainer import Trainer
from ibrl_ros.nodes.experience import Experience
from ibrl_ros.nodes.learner_report import LearnerReport
from ibrl_ros.nodes.pace.learning import make_pace
from ibrl_ros.rl.allocator import keep_freed_memory
from ibrl_ros.rl.device import device_in_words, find_device
from ibrl_ros.ros import names
from ibrl_ros.ros.convert import bytes_message
from ibrl_ros.ros.diagnostics import Diagnostics
from ibrl_ros.ros.qos import LATCHED
from ibrl_ros.ros.runner import LoopNode, UserError, run
from ibrl_ros.ros.setting_checks import keeping, parts
from ibrl_ros.ros.statuses import LearnerState, PolicyStatus, hear_status

REPORT_EVERY_S = 5.0
SAVE_EVERY_S = 60.0
WAIT_S = 0.5
RETRY_S = 2.0  # after an error of the machine, for example a full disk


class LearnerNode(LoopNode):
    """Trains until `max_steps` environment steps are learned from, then writes a checkpoint and ends."""

    def __init__(self) -> None:
        super().__init__("learner_node")
        self._agent_name = self.setting("agent")
        self._config = load_agent(self._agent_name)
        self._seed, self._max_steps = self.setting("seed"), self.setting("max_steps")
        self._device = find_device(self.setting("device"))
        self._keep = Keep(**keeping(self.setting("keep")))
        self._room = ReplayRoom(self.setting("replay_memory_gb"), self._max_steps)
        torch.set_num_threads(self.setting("threads"))
        keep_freed_memory()
        self._pace = make_pace(self, self._send)
        self._apart = "policy" not in parts(self.setting("part"))
        self._demos_there: int | None = None  # on policy_node's machine, if that is another one
        self._run = self._open_run()
        self._trainer: Trainer | None = None
        self._metrics = MetricsLog(self._run.metrics)
        self._reported_s = self._saved_s = time.monotonic()
        self._report = LearnerReport(self, self._max_steps, device_in_words(self._device))
        self._weights = self.create_publisher(UInt8MultiArray, names.POLICY_WEIGHTS, LATCHED)
        self._proposals = self.create_publisher(UInt8MultiArray, names.PROPOSAL_WEIGHTS, LATCHED)
        diagnostics = Diagnostics(self, self._report.facts)
        stores: dict[Kind, EpisodeStore] = {"train": self._run.replay}
        if self._apart:
            stores["demo"] = self._run.demos
            hear_status(self, PolicyStatus, self._on_policy)
        self._experience = Experience(self, stores, diagnostics, self._report.complain)

    def _open_run(self) -> Run:
        settings = {
            "agent": self._agent_name,
            "seed": self._seed,
            "task": self.setting("task"),
            "task_name": load_task(self.setting("task")).name,
            "agent_config": self._config.model_dump(mode="json"),
        }
        try:
            opened = Run(self.setting("run_dir"))
            if self._apart:
                opened.hold("demos", "learner_node")
            opened.require().hold("weights", "learner_node")
            opened.begin("train", settings, names=("agent", "task"))
        except (RunError, OSError) as error:
            raise UserError(str(error)) from error
        return opened

    def loop(self) -> None:
        """Prepare, then train; whether the robot continues after a failure, the pace decides."""
        if self._apart and not self._demos_arrived():
            return
        self._report.say(LearnerState.PREPARING, "loading demonstrations")
        try:
            while not (self.stop.is_set() or self._report.attempt(self._prepare)):
                self.stop.wait(RETRY_S)
        except (RunError, ValueError, FloatingPointError) as error:
            self._report.say(LearnerState.FAILED, str(error))
            raise UserError(str(error)) from error
        if self._trainer is None:
            return
        self._trainer.keep = self._keep
        try:
            self._train(self._trainer)
        except UserError:
            raise
        except Exception as error:  # e.g. non-finite numbers, no memory: the robot should continue
            self._fail(error)

    def _prepare(self) -> None:
        """Load the demonstrations and make the trainer, unless the node is told to end meanwhile."""
        with contextlib.suppress(InterruptedError):
            self._trainer = Trainer(
                self._run, self._config, self._seed, self._on_bc_progress, self._device, self._room
            )

    def _demos_arrived(self) -> bool:
        """Wait until all demonstrations of policy_node's machine are here; False if told to end before."""
        told, told_s = None, 0.0
        while not self.stop.is_set():
            here, there = len(self._run.demos), self._demos_there
            if there and here >= there:
                return True
            if (here, there) != told or time.monotonic() - told_s > REPORT_EVERY_S:
                told, told_s = (here, there), time.monotonic()
                self._say_which_are_missing(here, there)
            self.rest(WAIT_S)
        return False

    def _say_which_are_missing(self, here: int, there: int | None) -> None:
        why = f"{here} of {there} have arrived" if there else "policy_node has none in its run yet"
        if there is None:
            why = f"{here} are here, and policy_node hasn't said how many it has"
        self._report.say(LearnerState.PREPARING, f"waiting for demonstrations: {why}")
        self.get_logger().info(f"waiting for demonstrations: {why}")

    def _on_policy(self, policy: PolicyStatus) -> None:
        self._demos_there = policy.demos
        self.notify()

    def _train(self, trainer: Trainer) -> None:
        """Repeat until finished: add an episode to the buffer, do its updates, publish weights."""
        self._report.begin(trainer)
        self._metrics.resume(trainer.updates)
        self._report.attempt(self._metrics.flush)
        self._proposals.publish(bytes_message(trainer.proposal_weights()))
        self._send(trainer.acting)
        self._report.say(LearnerState.LEARNING, "ready")
        self.get_logger().info(self._opening(trainer))
        while not self.stop.is_set() and not self._finished(trainer):
            self._take_in(trainer)
            self._learn(trainer)
            self._housekeep(trainer)
        self._finish(trainer)
        over = LearnerState.FINISHED if self._finished(trainer) else LearnerState.STOPPED
        self._report.say(over, "the checkpoint is written")
        self.get_logger().info(self._report.line() + "; checkpoint written")

    def _take_in(self, trainer: Trainer) -> None:
        idle = not trainer.waiting and trainer.due <= 0
        for arrival in self._experience.take(WAIT_S if idle else 0.0):
            trainer.receive(arrival)

    def _learn(self, trainer: Trainer) -> None:
        """Do the updates that are due, then add the next episode to the buffer."""
        if trainer.due > 0:
            self._update(trainer)
        if self.stop.is_set() or not trainer.waiting:
            return
        if self._report.attempt(trainer.ingest):
            self._pace.took_in(trainer)
        else:
            self.stop.wait(RETRY_S)

    def _update(self, trainer: Trainer) -> None:
        while trainer.due > 0 and not self.stop.is_set():
            metrics = trainer.update()
            self._metrics.add(trainer.updates, trainer.env_steps, metrics)
            if trainer.updates % EVERY_UPDATES == 0:
                self._report.attempt(self._metrics.flush)
            self._housekeep(trainer)
        if not self.stop.is_set():
            self._pace.learned(trainer)

    def _housekeep(self, trainer: Trainer) -> None:
        now_s = time.monotonic()
        if now_s - self._reported_s > REPORT_EVERY_S:
            self._reported_s = now_s
            self._report.progress()
        self._pace.meanwhile(trainer)
        if now_s - self._saved_s > SAVE_EVERY_S:
            self._saved_s = now_s
            self._report.attempt(trainer.save)

    def _finish(self, trainer: Trainer) -> None:
        """Write the last checkpoint and metrics; after an error try again every RETRY_S.

        Raises:
            UserError: the person ended the node before everything was written.
        """
        for act in (trainer.save, self._metrics.close):
            while not self._report.attempt(act):
                if self.stop.wait(RETRY_S):
                    trouble = self._report.trouble
                    raise UserError(f"not everything is written, the last checkpoint stays: {trouble}")

    def _fail(self, error: Exception) -> NoReturn:
        """Report why training has failed; the last checkpoint isn't changed.

        If the robot can continue with its present weights, the node goes on storing episodes until a person
        stops both.
        """
        if not isinstance(error, FloatingPointError):
            traceback.print_exception(error)
        why = f"learning has stopped: {error}. The last checkpoint stays as it is"
        self._report.say(LearnerState.FAILED, why)
        if self._pace.outlives_failure:
            self.get_logger().error(f"{why}. The robot acts on with the weights it has, until you stop it")
            while not self.stop.wait(REPORT_EVERY_S):
                self._experience.take(0.0)  # episodes are stored already; this empties the queue
        raise UserError(why) from error

    def _send(self, weights: bytes) -> None:
        self._weights.publish(bytes_message(weights))

    def _finished(self, trainer: Trainer) -> bool:
        return trainer.env_steps >= self._max_steps and not trainer.waiting and trainer.due <= 0

    def _on_bc_progress(self, step: int, steps: int, loss: torch.Tensor) -> None:
        if self.stop.is_set():
            raise InterruptedError
        if step == steps or time.monotonic() - self._reported_s > 2.0:
            self._reported_s = time.monotonic()
            text = f"training BC: step {step:,}/{steps:,}, loss {loss:.4f}"
            self._report.say(LearnerState.PREPARING, text)
            self.get_logger().info(text)

    def _opening(self, trainer: Trainer) -> str:
        resumed = f"resuming at step {trainer.env_steps:,}" if trainer.env_steps else "starting"
        return (
            f"{resumed} on {device_in_words(self._device)}: {self._agent_name}, seed {self._seed}, "
            f"{len(self._run.demos)} demonstrations"
        )


def main() -> None:
    """Run the node."""
    run(LearnerNode)


if __name__ == "__main__":
    main()
