"""policy_node: the 10 Hz loop, with one session for each stage: collect, train or evaluate."""

from __future__ import annotations

import time

import numpy as np
import torch
from std_msgs.msg import Header

from ibrl_ros.config import load_device, load_robot, load_task
from ibrl_ros.control.action import Execution
from ibrl_ros.control.episode.machine import EpisodeState
from ibrl_ros.control.safety.limits import GateLimits
from ibrl_ros.control.step.choosers import Decision
from ibrl_ros.control.step.observation import Observation, Refusal
from ibrl_ros.control.step.takeover import Takeover
from ibrl_ros.control.step.teleop_command import gripper_action
from ibrl_ros.nodes.delivery import Delivery
from ibrl_ros.nodes.pace.partners import make_partner
from ibrl_ros.nodes.pace.policy import make_pace
from ibrl_ros.nodes.person_commands import PersonCommands, PersonDrives
from ibrl_ros.nodes.readiness import Readiness
from ibrl_ros.nodes.sessions import make_session
from ibrl_ros.ros import names
from ibrl_ros.ros.actions import ActionStream
from ibrl_ros.ros.convert import to_seconds
from ibrl_ros.ros.diagnostics import Diagnostics
from ibrl_ros.ros.policy_inputs import PolicyInputs, input_shapes
from ibrl_ros.ros.qos import COMMAND
from ibrl_ros.ros.runner import LoopNode, run
from ibrl_ros.ros.statuses import EpisodeStatus, PolicyState, hear_status

WAIT_S = 0.1
HELD = (
    "the arm holds: no enabling switch is held, or a takeover broke off; then squeeze and release the grip, "
    "or say start"
)


class PolicyNode(LoopNode):
    """Runs episodes that reset_node starts: observe, choose, publish and record, ten times a second."""

    def __init__(self) -> None:
        super().__init__("policy_node")
        torch.set_num_threads(1)
        task = self._task = load_task(self.setting("task"))
        self._episode: EpisodeStatus | None = None
        self._handled, self._acted_s = "", 0.0
        self._late_for: str | None = None  # id of an episode that began before this process heard of it
        self._reset = make_partner(self, "reset_node")
        session = self._session = make_session(self, task, self.notify)
        self._takeover = Takeover(may_drive=session.takes_over, needs_enable=self._needs_enable())
        shapes = input_shapes(task, state=self.setting("sim"), observed=session.observes)
        self._delivery = Delivery(session, task.name, shapes, task.episode_steps + 1, self.get_logger())
        self._recorder = self._delivery.recorder
        self._actions = ActionStream(self, self._on_executed)
        self._person = PersonDrives(
            self._actions,
            GateLimits.of(task, load_robot(self.setting("robot"))),
            None if session.needs_command else self._takeover,
        )
        device = self.setting("teleop")
        self._commands = PersonCommands(self, awaited=session.takes_over and device != "none")
        self._pace = make_pace(
            self, task, shapes, self._commands, self._actions, needs_command=session.needs_command
        )
        diagnostics = Diagnostics(self, self._pace.report)
        inputs = PolicyInputs(self, diagnostics, self._pace.assembler, self.notify)
        obstacles = (
            inputs.waiting_for,
            self._pace.silent_input,
            self._commands.silence,
            self._missed,
            session.waiting_for,
            self._delivery.waiting_for,
        )
        self._readiness = Readiness(self, session, obstacles)
        hear_status(self, EpisodeStatus, self._on_episode)
        self.create_subscription(Header, names.EPISODE_JUDGED, self._on_judged, COMMAND)

    def _needs_enable(self) -> bool:
        """Whether the policy may act only while an enabling switch of the person's device is held."""
        device = self.setting("teleop")
        return device != "none" and load_device(self.setting("teleop_config"), device).needs_enable

    def loop(self) -> None:
        """Run episodes until the session is finished."""
        while not self.stop.is_set():
            self._settle()
            state, episode = self._readiness.tell(self._handled, self._delivery.next_index), self._episode
            if state is PolicyState.FINISHED:
                break
            if state is PolicyState.READY and episode is not None and episode.state is EpisodeState.RUNNING:
                self._run_episode(episode.id, episode.seed)
            else:
                with self.changed:
                    self.changed.wait(WAIT_S)
        self._settle(now=True)
        while not (self._session.over() or self.rest(WAIT_S)):
            pass

    def close(self) -> None:
        """Release the run's folder for other processes."""
        self._session.close()
        self._delivery.close()

    def _run_episode(self, episode_id: str, seed: int) -> None:
        """Observe, choose, publish, record, until the episode ends."""

        def over() -> bool:
            return self.stop.is_set() or self._ended(episode_id)

        self._begin(episode_id, seed)
        while self._pace.next_step(over):
            observation = self._observe()
            if observation is None:
                continue
            silent = bool(self._commands.silence())
            turn = self._person.turn(observation.arrays["prop"], self._pace.command(), silent=silent)
            if turn.driver == "nobody":
                self._hold(observation)
                continue
            decision = self._session.choose(observation.arrays, turn.action)
            if not self._pace.goes_on(observation, over):
                break
            self._act(observation, decision, turn.hand_s)
        self._hear_answers()
        if self._episode is not None and self._ended(episode_id):
            self._delivery.ended(self._episode)

    def _observe(self) -> Observation | None:
        """Returns the observation of this step; None, with the reason told, if there is to be no action."""
        observation = self._pace.observe()
        idle = self._reset.silence() or (observation.why if isinstance(observation, Refusal) else "")
        if not idle:
            self._acted_s = time.monotonic()
        self._readiness.act(idle, stopped=time.monotonic() - self._acted_s > self._pace.patience_s)
        if idle or isinstance(observation, Refusal):
            self.get_logger().warning(f"no action: {idle}", throttle_duration_sec=1.0)
            return None
        return observation

    def _begin(self, episode_id: str, seed: int) -> None:
        self._acted_s = time.monotonic()
        self._session.begin(seed)
        self._takeover.begin()
        self._delivery.begin(episode_id, seed)
        self._actions.begin()
        self._pace.begin()

    def _hold(self, observation: Observation) -> None:
        """Send an action without motion, not recorded: neither the policy nor a person chose it."""
        self.get_logger().warning(HELD, throttle_duration_sec=5.0)
        still = np.array([0, 0, 0, 0, 0, 0, gripper_action(self._actions.closed)], np.float32)
        decided_s = self._pace.decided_s(observation)
        self._actions.send(still, decided_s=decided_s, observed_s=observation.stamp_s)

    def _act(self, observation: Observation, decision: Decision, hand_s: float | None) -> None:
        """Send an action and record the step; its execution is recorded when it arrives."""
        decided_s = self._pace.decided_s(observation)
        with self.changed:
            if self._session.recording() and len(self._recorder) < self._task.episode_steps:
                self._recorder.add(observation, decision, self._actions.next_sequence, decided_s)
            self._actions.send(
                decision.action, decided_s=decided_s, observed_s=observation.stamp_s, hand_s=hand_s
            )

    def _hear_answers(self) -> None:
        """Wait until the executions of all recorded actions have arrived."""
        with self.changed:
            self.changed.wait_for(
                lambda: self.stop.is_set() or not self._recorder.unanswered, self._pace.answer_s
            )

    def _ended(self, episode_id: str | None) -> bool:
        episode = self._episode
        return episode is None or episode.id != episode_id or episode.state is not EpisodeState.RUNNING

    def _on_executed(self, execution: Execution) -> None:
        with self.changed:
            self._recorder.executed(execution)
            self.changed.notify()

    def _missed(self) -> str:
        """Returns why the running episode isn't run: this process was started in the middle of it."""
        episode = self._episode
        if episode is None or self._ended(self._late_for):
            return ""
        return "policy_node was started in the middle of the episode"

    def _settle(self, *, now: bool = False) -> None:
        """Deliver the ended episode once its outcome is final, or `now`."""
        self._handled = self._delivery.settle(self._episode, now=now) or self._handled

    def _on_episode(self, status: EpisodeStatus) -> None:
        with self.changed:
            if self._episode is None or status.resumed != self._episode.resumed:
                self._takeover.resume()
            if self._episode is None and status.state is EpisodeState.RUNNING:
                self._late_for = status.id
            self._episode = status
            self._reset.heard()
            self._pace.judged(status.stamp)
            self.changed.notify()

    def _on_judged(self, message: Header) -> None:
        with self.changed:
            self._pace.judged(to_seconds(message.stamp))
            self.changed.notify()


def main() -> None:
    """Run the node."""
    run(PolicyNode)


if __name__ == "__main__":
    main()
