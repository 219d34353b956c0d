"""Session of training: IBRL acts with the learner's weights, and a person may take over."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
import torch
from numpy.typing import NDArray
from rclpy.node import Node
from std_msgs.msg import UInt8MultiArray

from ibrl_ros.control.step.choosers import Decision, PolicyChooser, person
from ibrl_ros.data.episode import Episode
from ibrl_ros.learning.received_weights import ReceivedWeights
from ibrl_ros.learning.run import Run, provisional
from ibrl_ros.learning.weights_error import WeightsError
from ibrl_ros.nodes.pace.weights import WeightsPace
from ibrl_ros.nodes.sessions.base import Session
from ibrl_ros.nodes.sessions.safekeeping import Safekeeping
from ibrl_ros.rl.config import AgentConfig
from ibrl_ros.rl.device import CPU
from ibrl_ros.rl.snapshot import MismatchError
from ibrl_ros.ros import names
from ibrl_ros.ros.convert import bytes_value
from ibrl_ros.ros.outbox import KeptEpisodes, Outbox
from ibrl_ros.ros.qos import LATCHED
from ibrl_ros.ros.statuses import LearnerState, LearnerStatus, hear_status


class TrainSession(Session):
    """Acts with the learner's weights, and sends the episodes to the learner."""

    kind = "train"
    takes_over = True

    def __init__(
        self,
        node: Node,
        run: Run,
        config: AgentConfig,
        *,
        max_steps: int,
        pace: WeightsPace,
        config_hash: str,
        changed: Callable[[], None],
        device: torch.device = CPU,
        sends_demos: bool = False,
    ) -> None:
        self.run, self.config_hash = run, config_hash
        self.observes = config.observed_keys
        self._config, self._max_steps, self._pace = config, max_steps, pace
        self._log, self._changed = node.get_logger(), changed
        self._incoming = ReceivedWeights(config, device)
        self._lock = threading.Lock()
        self._chooser: PolicyChooser | None = None
        self._offered: PolicyChooser | None = None
        self._arrived: dict[int, dict] = {}
        self._incarnation: str | None = None  # of the run that sent the weights in _arrived
        self._loaded: dict | None = None
        self._learner_has_finished = False
        self._learner_says = "no word from it yet"
        self._learner = pace.learner(node)
        self._index: int | None = None
        self._steps = 0
        self._outbox = Outbox(node, run.spool)
        self._demos = Outbox(node, KeptEpisodes(run.demos.folder)) if sends_demos else None
        self.safekeeping = Safekeeping(
            self._outbox.send,
            provisional(run.spool),
            lambda known: known in run.spool or known in run.replay,
        )
        hear_status(node, LearnerStatus, self._on_learner)
        node.create_subscription(UInt8MultiArray, names.PROPOSAL_WEIGHTS, self._on_proposal, LATCHED)
        node.create_subscription(UInt8MultiArray, names.POLICY_WEIGHTS, self._on_weights, LATCHED)

    @property
    def next_index(self) -> int | None:
        """One more than the index of the newest episode that is stored by the learner or spooled."""
        return self._index

    @property
    def demos(self) -> int | None:
        """Those of this machine's run, all of which are sent."""
        return None if self._demos is None else len(self.run.demos)

    def finished(self) -> bool:
        """Returns whether all steps are taken and spooled; the learner may still have updates to do."""
        return self._index is not None and self._steps >= self._max_steps and not self.safekeeping

    def over(self) -> bool:
        """Returns whether the learner has learned from all steps, too."""
        return self._learner_has_finished

    def waiting_for(self) -> str | None:
        """Returns what the next episode waits for: the disk, or the learner's start or weights; else None."""
        self._notice_silence()
        if trouble := self.safekeeping.waiting_for():
            return trouble
        if (self._chooser or self._offered) is None or self._index is None or not self._arrived:
            return f"waiting for the learner: {self._learner_says}"
        if self._usable_version() is None:
            return f"waiting for the learner's weights of episode {self._index - 2}: {self._learner_says}"
        return None

    def begin(self, seed: int) -> None:
        """Load this episode's weights, and start its random draws from its seed."""
        with self._lock:
            if self._offered is not None:  # the learner has restarted: the new agent has no weights yet
                self._chooser, self._offered, self._loaded = self._offered, None, None
            self._load_weights()
        assert self._chooser is not None
        self._chooser.begin(seed, self._steps)

    def choose(self, arrays: dict[str, NDArray], followed: NDArray[np.float32] | None) -> Decision:
        """Returns the person's action during a takeover; else the warm-up policy's, and later IBRL's."""
        assert self._chooser is not None and self._index is not None
        self._notice_silence()
        if self._pace.within_episodes:
            with self._lock:
                self._load_weights()
        decision = self._chooser.choose(
            arrays, warmup=self._index < self._config.warmup_episodes, explore=True
        )
        if followed is not None:
            return person(followed, intervention=True)
        return decision

    def deliver(self, episode: Episode) -> str:
        """Spool an episode and send it to the learner; returns a line for the log, or an empty string."""
        trouble = self.safekeeping.keep(episode)
        self._steps += len(episode)
        assert self._index is not None
        self._index += 1
        if not self._pace.watched:  # the learner's log reports the progress
            return trouble
        metadata = episode.metadata
        line = f"episode {metadata.index}: {metadata.outcome_in_words} in {len(episode)} steps"
        return f"{line}; {trouble}" if trouble else line

    def close(self) -> None:
        """Stop sending, and release the run's folder for other processes."""
        self._outbox.close()
        if self._demos is not None:
            self._demos.close()
        super().close()

    def _notice_silence(self) -> None:
        """Let it be logged if the learner falls silent before it has finished; the robot acts on."""
        if not self._learner_has_finished and (silence := self._learner.silence()):
            self._learner_says = silence

    def _usable_version(self) -> int | None:
        """Returns the version to act with; None if it hasn't arrived yet."""
        assert self._index is not None
        return self._pace.version(self._index, list(self._arrived))

    def _load_weights(self) -> None:
        """Load the version to act with, and forget older versions."""
        version = self._usable_version()
        assert version is not None and self._chooser is not None and self._chooser.agent is not None
        weights = self._arrived[version]
        if weights is not self._loaded:
            self._chooser.agent.load_acting_state(weights)
            self._loaded = weights
            self._arrived = {key: value for key, value in self._arrived.items() if key >= version}

    def _on_learner(self, learner: LearnerStatus) -> None:
        self._learner.heard()
        self._learner_has_finished = learner.state is LearnerState.FINISHED
        self._learner_says = learner.says
        if self._index is None and learner.stored is not None and learner.stored_steps is not None:
            self._index = max(learner.stored, self._outbox.next_index())
            self._steps = learner.stored_steps + self._outbox.steps_from(learner.stored)
        self._changed()

    def _on_proposal(self, message: UInt8MultiArray) -> None:
        with self._refusing(names.PROPOSAL_WEIGHTS):
            chooser = PolicyChooser(self._config, *self._incoming.policies(bytes_value(message)))
            with self._lock:
                self._offered = chooser
        self._changed()

    def _on_weights(self, message: UInt8MultiArray) -> None:
        with self._refusing(names.POLICY_WEIGHTS):
            version, tensors, incarnation = self._incoming.acting(bytes_value(message))
            with self._lock:
                if (
                    incarnation != self._incarnation
                ):  # the run has restarted, and so has the count of versions
                    self._incarnation, self._arrived = incarnation, {}
                self._arrived[version] = tensors
        self._changed()

    @contextmanager
    def _refusing(self, topic: str) -> Iterator[None]:
        """Log the error and keep the present weights if a message holds no weights that fit."""
        try:
            yield
        except (WeightsError, MismatchError) as error:
            self._log.error(f"{topic}: {error}; ignored, the weights so far stay")
