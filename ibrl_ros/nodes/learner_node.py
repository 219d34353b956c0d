"""learner_node: stores the robot's episodes, trains on them, and sends the weights back."""

from __future__ import annotations

import os
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import replace
from typing import NoReturn

import torch
from std_msgs.msg import String, UInt8MultiArray

from ibrl_ros.config import load_agent
from ibrl_ros.data.codec import CorruptEpisodeError, UnsupportedEpisodeError, decode
from ibrl_ros.learning.arrivals import Arrival
from ibrl_ros.learning.metrics import EVERY_UPDATES, MetricsLog
from ibrl_ros.learning.run import Run, RunError
from ibrl_ros.learning.trainer import Trainer
from ibrl_ros.rl.allocator import keep_freed_memory
from ibrl_ros.ros import names
from ibrl_ros.ros.convert import bytes_message, bytes_value
from ibrl_ros.ros.diagnostics import Diagnostics
from ibrl_ros.ros.qos import LATCHED, QUEUE
from ibrl_ros.ros.runner import LoopNode, UserError, run
from ibrl_ros.ros.statuses import LearnerState, LearnerStatus, status_teller

REPORT_EVERY_S = 5.0
SEND_EVERY_S = 5.0
SAVE_EVERY_S = 60.0
RETRY_S = 2.0  # after what the machine has refused
POLITENESS = 10  # on the wall clock the 10 Hz loop comes first, if they share a machine


class LearnerNode(LoopNode):
    """Learns until `max_steps` of the robot have been learned from, then leaves with a checkpoint."""

    def __init__(self) -> None:
        super().__init__("learner_node")
        self._agent_name = self.setting("agent")
        self._config = load_agent(self._agent_name)
        self._seed = self.setting("seed")
        self._max_steps = self.setting("max_steps")
        self._lockstep = self.setting("clock") == "lockstep"
        torch.set_num_threads(self.setting("threads"))
        keep_freed_memory()
        if not self._lockstep:
            os.nice(POLITENESS)
        self._run = self._open_run()
        self._arrived = threading.Condition()
        self._inbox: list[Arrival] = []
        self._trainer: Trainer | None = None
        self._metrics = MetricsLog(self._run.metrics)
        self._started = self._reported = self._sent = self._saved = time.monotonic()
        self._first_step = 0
        self._state = LearnerState.PREPARING
        self._trouble = ""  # what the machine refuses at present
        self._tell = status_teller(self, LearnerStatus)
        self._weights = self.create_publisher(UInt8MultiArray, names.POLICY_WEIGHTS, LATCHED)
        self._proposals = self.create_publisher(UInt8MultiArray, names.PROPOSAL_WEIGHTS, LATCHED)
        self._acks = self.create_publisher(String, names.EXPERIENCE_ACK, QUEUE)
        self._diagnostics = Diagnostics(self, self._progress)
        self._experience = self._diagnostics.watch(names.EXPERIENCE, stale_after_s=600.0)
        self.create_subscription(UInt8MultiArray, names.EXPERIENCE, self._on_experience, QUEUE)

    def _open_run(self) -> Run:
        settings = {
            "agent": self._agent_name,
            "seed": self._seed,
            "task": self.setting("task"),
            "agent_config": self._config.model_dump(mode="json"),
        }
        try:
            opened = Run(self.setting("run_dir")).require()
            opened.hold("weights", "learner_node")
            opened.begin("train", settings)
        except (RunError, OSError) as error:
            raise UserError(str(error)) from error
        return opened

    def loop(self) -> None:
        """Prepare, then learn; a failure of the latter doesn't end the robot's acting."""
        self._say(LearnerState.PREPARING, "loading demonstrations")
        try:
            self._trainer = Trainer(self._run, self._config, self._seed, self._on_bc_progress)
        except (RunError, ValueError, FloatingPointError, OSError) as error:
            self._say(LearnerState.FAILED, str(error))
            raise UserError(str(error)) from error
        except InterruptedError:
            return
        try:
            self._train(self._trainer)
        except UserError:
            raise
        except Exception as error:  # bad numbers, no memory left: what matters is the robot
            self._fail(error)

    def _train(self, trainer: Trainer) -> None:
        """Episode after episode: into the buffer, the updates it calls for, weights out."""
        self._first_step = trainer.env_steps
        self._metrics.resume(trainer.updates)
        self._attempt(self._metrics.flush)
        self._proposals.publish(bytes_message(trainer.proposal_weights()))
        self._send(trainer.acting)
        self._say(LearnerState.LEARNING, "ready")
        self.get_logger().info(self._opening(trainer))
        while not self.stop.is_set() and not self._finished(trainer):
            self._take_in(trainer)
            self._learn(trainer)
            self._housekeep(trainer)
        self._finish(trainer)
        over = LearnerState.FINISHED if self._finished(trainer) else LearnerState.STOPPED
        self._say(over, "the checkpoint is written")
        self.get_logger().info(self._line(trainer) + "; checkpoint written")

    def _finish(self, trainer: Trainer) -> None:
        """Write what is to be written last, once the machine can.

        Raises:
            UserError: it can't, and the person doesn't wait.
        """
        for act in (trainer.save, self._metrics.close):
            while not self._attempt(act):
                if self.stop.wait(RETRY_S):
                    raise UserError(f"not everything is written, the last checkpoint stays: {self._trouble}")

    def _attempt(self, act: Callable[[], object]) -> bool:
        """Do what the machine may refuse, a full disk for example; then that is said. Whether it was done."""
        try:
            act()
        except OSError as error:
            self._complain(str(error))
            return False
        self._trouble = ""
        return True

    def _complain(self, trouble: str) -> None:
        """Say what the machine refuses: once, and again as long as it does."""
        if trouble != self._trouble:
            self.get_logger().error(f"{trouble}. It is tried again")
        self._trouble = trouble
        self._say(self._state, f"{trouble}. It is tried again")

    def _fail(self, error: Exception) -> NoReturn:
        """Say why nothing is learned any more, and leave the last checkpoint as it is.

        On the wall clock the node stays and stores the episodes, and the robot acts on with the weights that
        it has, until the person stops both. In lockstep the run is over: what it waits for won't come.
        """
        if not isinstance(error, FloatingPointError):
            traceback.print_exception(error)
        why = f"learning has stopped: {error}. The last checkpoint stays as it is"
        self._say(LearnerState.FAILED, why)
        if not self._lockstep:
            self.get_logger().error(f"{why}. The robot acts on with the weights it has, until you stop it")
            while not self.stop.wait(REPORT_EVERY_S):
                self._inbox.clear()  # they are stored, and nobody takes them in
        raise UserError(why) from error

    def _on_experience(self, message: UInt8MultiArray) -> None:
        """Store, then acknowledge; what is stored already is only acknowledged."""
        self._experience.arrived()
        content = bytes(bytes_value(message))
        try:
            episode = decode(content, "an episode on the topic experience")
        except (CorruptEpisodeError, UnsupportedEpisodeError) as error:
            self.get_logger().error(f"{error}; refused")
            return
        known = episode.metadata.id in self._run.replay
        try:
            self._run.replay.save(content)
        except OSError as error:  # it stays in the policy's spool, and comes again
            self._complain(f"episode {episode.metadata.index} can't be stored: {error}")
            return
        self._acks.publish(String(data=episode.metadata.id))
        if not known:
            with self._arrived:
                self._inbox.append(Arrival.of(episode))
                self._arrived.notify()

    def _take_in(self, trainer: Trainer) -> None:
        with self._arrived:
            if not self._inbox and not trainer.waiting and trainer.due <= 0:
                self._arrived.wait(0.5)
            for arrival in self._inbox:
                trainer.receive(arrival)
            self._inbox.clear()

    def _learn(self, trainer: Trainer) -> None:
        """Do the updates that are due, then take in the next episode.

        In lockstep the weights go out here, those from before that episode: the next to be run needs them.
        So what is latched is always what the robot needs next, also for a node that starts anew.
        """
        learned = trainer.due > 0
        while trainer.due > 0 and not self.stop.is_set():
            metrics = trainer.update()
            self._metrics.add(trainer.updates, trainer.env_steps, metrics)
            if trainer.updates % EVERY_UPDATES == 0:
                self._attempt(self._metrics.flush)
            self._housekeep(trainer)
        if self.stop.is_set():
            return
        if learned and not self._lockstep:
            self._send(trainer.refresh_acting())
        if not trainer.waiting:
            return
        if not self._attempt(trainer.ingest):
            self.stop.wait(RETRY_S)
        elif self._lockstep:
            self._send(trainer.acting)

    def _send(self, weights: bytes) -> None:
        self._sent = time.monotonic()
        self._weights.publish(bytes_message(weights))

    def _housekeep(self, trainer: Trainer) -> None:
        now = time.monotonic()
        if now - self._reported > REPORT_EVERY_S:
            self._reported = now
            self.get_logger().info(self._line(trainer))
            if self._trouble:
                self._complain(self._trouble)
            else:
                self._say(LearnerState.LEARNING, self._line(trainer))
        if not self._lockstep and now - self._sent > SEND_EVERY_S:
            self._send(trainer.refresh_acting())
        if now - self._saved > SAVE_EVERY_S:
            self._saved = now
            self._attempt(trainer.save)

    def _finished(self, trainer: Trainer) -> bool:
        return trainer.env_steps >= self._max_steps and not trainer.waiting and trainer.due <= 0

    def _on_bc_progress(self, step: int, steps: int, loss: float) -> None:
        if self.stop.is_set():
            raise InterruptedError
        if step == steps or time.monotonic() - self._reported > 2.0:
            self._reported = time.monotonic()
            text = f"training BC: step {step:,}/{steps:,}, loss {loss:.4f}"
            self._say(LearnerState.PREPARING, text)
            self.get_logger().info(text)

    def _progress(self) -> dict[str, object]:
        return dict(self._trainer.progress()) if self._trainer is not None else {}

    def _say(self, state: LearnerState, why: str) -> None:
        self._state, trainer = state, self._trainer
        status = LearnerStatus(state=state, max_steps=self._max_steps, trouble=self._trouble, says=why)
        if trainer is not None:
            row = trainer.progress()
            status = replace(
                status,
                env_steps=trainer.env_steps,
                episodes=int(row["episodes"]),
                failures=int(row["failures"]),
                updates=trainer.updates,
                success_rate=row["success_rate"],
                bc_share=row["bc_share"],
                version=trainer.version,
                stored=trainer.next_index,
                stored_steps=trainer.stored_steps,
            )
        self._tell(status)

    def _opening(self, trainer: Trainer) -> str:
        resumed = f"resuming at step {trainer.env_steps:,}" if trainer.env_steps else "starting"
        return f"{resumed}: {self._agent_name}, seed {self._seed}, {len(self._run.demos)} demonstrations"

    def _line(self, trainer: Trainer) -> str:
        row = trainer.progress()
        done = trainer.env_steps - self._first_step
        left = (self._max_steps - trainer.env_steps) * (time.monotonic() - self._started) / max(done, 1)
        clock = f"{int(left) // 60}:{int(left) % 60:02d} left" if done > 0 and left >= 0 else "..."
        return (
            f"step {trainer.env_steps:,}/{self._max_steps:,} | episodes {row['episodes']} | "
            f"updates {trainer.updates:,} | success {row['success_rate']:.0%} | "
            f"actions from BC {row['bc_share']:.0%} | {clock}"
        )


def main() -> None:
    """Run the node."""
    run(LearnerNode)


if __name__ == "__main__":
    main()
