"""policy_node: the 10 Hz loop. The same loop records, trains and evaluates; only the session differs."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import torch
from std_msgs.msg import Header

from ibrl_ros.config import load_robot, load_task, load_teleop
from ibrl_ros.control.action import Execution
from ibrl_ros.control.episode.machine import EpisodeState
from ibrl_ros.control.safety.limits import GateLimits
from ibrl_ros.control.stamps import AHEAD_S
from ibrl_ros.control.step.choosers import Decision
from ibrl_ros.control.step.observation import Assembler, Observation, Refusal
from ibrl_ros.control.step.recorder import EpisodeRecorder
from ibrl_ros.control.step.takeover import Takeover
from ibrl_ros.control.step.teleop_command import gripper_action
from ibrl_ros.control.step.ticker import Ticker
from ibrl_ros.nodes.delivery import Delivery, Pending
from ibrl_ros.nodes.person_commands import PersonCommands, PersonDrives
from ibrl_ros.nodes.sessions import make_session
from ibrl_ros.ros import names
from ibrl_ros.ros.action_stream import ActionStream
from ibrl_ros.ros.convert import to_seconds
from ibrl_ros.ros.diagnostics import Diagnostics
from ibrl_ros.ros.policy_inputs import PolicyInputs, input_shapes
from ibrl_ros.ros.qos import COMMAND
from ibrl_ros.ros.runner import LoopNode, run
from ibrl_ros.ros.statuses import EpisodeStatus, PolicyState, PolicyStatus, hear_status, status_teller
from ibrl_ros.teleop.factory import needs_enable

REPEAT_S = 0.25
WAIT_S = 0.1
COMPLAIN_AFTER_S, COMPLAIN_EVERY_S = 2.0, 5.0
#: Longest wait for what became of an episode's last action; in lockstep the machine's speed must not matter.
ANSWER_S, LOCKSTEP_ANSWER_S = 1.0, 30.0
CORRECTION_S = 10.0
HELD = (
    "the arm holds: no enabling switch is held, or a takeover broke off; then squeeze and release the grip, "
    "or say start"
)


class PolicyNode(LoopNode):
    """Runs episodes when reset_node says so: observe, choose, publish, record, ten times a second."""

    def __init__(self) -> None:
        super().__init__("policy_node")
        torch.set_num_threads(1)
        task = self._task = load_task(self.setting("task"))
        self._sim = self.setting("sim")
        self._lockstep = self.one_thread = self.setting("clock") == "lockstep"
        self._episode: EpisodeStatus | None = None
        self._judged_s = 0.0  # time of the newest readings on which the episode goes on
        self._pending: Pending | None = None
        self._handled = ""
        self._waiting_since, self._complained = time.monotonic(), 0.0
        self._announced: PolicyStatus | None = None
        self._session = make_session(self, task, self.notify)
        device, devices = self.setting("teleop"), self.setting("teleop_config")
        self._takeover = Takeover(
            may_drive=self._session.takes_over,
            needs_enable=device != "none" and needs_enable(device, load_teleop(devices)),
        )
        self._ticker = Ticker(1 / task.rate_hz)
        shapes = input_shapes(task, state=self._sim, observed=self._session.observes)
        self._recorder = EpisodeRecorder(shapes, task.episode_steps + 1)
        self._delivery = Delivery(self._session, task.name, self._recorder, self.get_logger())
        self._actions = ActionStream(self, self._on_executed)
        self._commands = PersonCommands(self)
        self._person = PersonDrives(
            self._commands,
            self._actions,
            GateLimits.of(task, load_robot(self.setting("robot"))),
            None if self._session.needs_command else self._takeover,
        )
        self._tell = status_teller(self, PolicyStatus)
        diagnostics = Diagnostics(self, self._ticker.report)
        self._assembler = Assembler(shapes, max_ahead_s=np.inf if self._lockstep else AHEAD_S)
        self._inputs = PolicyInputs(self, diagnostics, self._assembler, self.notify)
        hear_status(self, EpisodeStatus, self._on_episode)
        self.create_subscription(Header, names.EPISODE_JUDGED, self._on_judged, COMMAND)

    def loop(self) -> None:
        """Episode after episode until the session is finished."""
        while not self.stop.is_set():
            self._settle()
            state, episode = self._announce(), self._episode
            if state is PolicyState.FINISHED:
                break
            if state is PolicyState.READY and episode is not None and episode.state is EpisodeState.RUNNING:
                self._run_episode(episode.id, episode.seed)
            else:
                with self.changed:
                    self.wait_for_news(WAIT_S)
        self._settle(now=True)
        while not (self._session.over() or self.rest(WAIT_S)):
            pass

    def close(self) -> None:
        """Let others use the run."""
        self._session.close()

    def _run_episode(self, episode_id: str, seed: int) -> None:
        self._session.begin(seed)
        self._takeover.begin()
        self._recorder.clear()
        self._actions.begin()
        self._ticker.restart()
        acted_s = -1.0
        while self._next_tick(episode_id, acted_s):
            if self._ended(episode_id):
                break
            observation = self._observe()
            if isinstance(observation, Refusal):
                self.get_logger().warning(f"no action: {observation.why}", throttle_duration_sec=1.0)
                continue
            turn = self._person.turn(observation.arrays["prop"], None if self._lockstep else self.now_s())
            if turn.driver == "nobody":
                self._hold(observation)
                acted_s = observation.stamp_s
                continue
            decision = self._session.choose(observation.arrays, turn.action)
            if self._lockstep and not self._goes_on(episode_id, observation.stamp_s):
                break
            self._act(observation, decision, turn.hand_s)
            acted_s = observation.stamp_s
        self._hear_answers()
        if not self.stop.is_set() and self._episode is not None:
            self._pending = Pending(episode_id, seed, time.monotonic(), self._episode)

    def _hold(self, observation: Observation) -> None:
        """Stay where the robot is, and tell how; such a step isn't recorded, because nobody chose it."""
        self.get_logger().warning(HELD, throttle_duration_sec=5.0)
        still = np.array([0, 0, 0, 0, 0, 0, gripper_action(self._actions.closed)], np.float32)
        self._actions.send(still, decided_s=self._decided_s(observation), observed_s=observation.stamp_s)

    def _act(self, observation: Observation, decision: Decision, hand_s: float | None) -> None:
        """Record a step and send its action; what becomes of it is recorded when it is told."""
        decided_s = self._decided_s(observation)
        with self.changed:
            if self._session.recording() and len(self._recorder) < self._task.episode_steps:
                self._recorder.add(observation, decision, self._actions.next_sequence, decided_s)
            self._actions.send(
                decision.action, decided_s=decided_s, observed_s=observation.stamp_s, hand_s=hand_s
            )

    def _hear_answers(self) -> None:
        """Wait until it is known of every recorded action what became of it."""
        patience_s = LOCKSTEP_ANSWER_S if self._lockstep else ANSWER_S
        with self.changed:
            self.wait_until(lambda: self.stop.is_set() or not self._recorder.unanswered, patience_s)

    def _next_tick(self, episode_id: str, acted_s: float) -> bool:
        """Wait for the next step; False when the node is to stop.

        In lockstep that is when every input, and the person's command, bear the same new stamp, and it is
        known what became of the last action.
        """
        if not self._lockstep:
            return self._ticker.wait(self.stop)

        def arrived() -> bool:
            return self.stop.is_set() or self._ended(episode_id) or self._sees_news(acted_s)

        with self.changed:
            while not self.wait_until(arrived, REPEAT_S):
                if acted_s >= 0:
                    self._actions.repeat()
        return not self.stop.is_set()

    def _goes_on(self, episode_id: str, stamp_s: float) -> bool:
        """In lockstep: wait for reset_node's word on the readings of this time; whether to act on them.

        It judges them while this node chooses.
        """

        def judged() -> bool:
            return self.stop.is_set() or self._ended(episode_id) or self._judged_s == stamp_s

        with self.changed:
            while not self.wait_until(judged, REPEAT_S):
                pass
        return not (self.stop.is_set() or self._ended(episode_id))

    def _ended(self, episode_id: str) -> bool:
        episode = self._episode
        return episode is None or episode.id != episode_id or episode.state is not EpisodeState.RUNNING

    def _sees_news(self, acted_s: float) -> bool:
        """Whether all is there of one time, not acted on yet, and not from before the episode."""
        stamp_s = self._assembler.common_stamp_s()
        if stamp_s is None or stamp_s == acted_s or stamp_s < self._judged_s or not self._actions.answered:
            return False
        return not self._session.needs_command or self._commands.squeezed_at(stamp_s)

    def _observe(self) -> Observation | Refusal:
        now_s = self._judged_s if self._lockstep else self.now_s()
        return self._assembler.observe(now_s)

    def _decided_s(self, observation: Observation) -> float:
        """The time of a decision; in lockstep it is that of what was seen."""
        return observation.stamp_s if self._lockstep else self.now_s()

    def _on_executed(self, execution: Execution) -> None:
        with self.changed:
            self._recorder.executed(execution)
            self.changed.notify()

    def _settle(self, *, now: bool = False) -> None:
        """Hand over the episode that ended, once its outcome can't be changed by the person any more."""
        pending, status = self._pending, self._episode
        if pending is None or status is None:
            return
        if status.ended_id == pending.id:
            pending.course = status
        final = now or status.auto or status.state in (EpisodeState.READY, EpisodeState.RUNNING)
        if final or time.monotonic() - pending.ended_at > CORRECTION_S:
            self._pending = None
            self._delivery.deliver(pending)
        self._handled = pending.id

    def _announce(self) -> PolicyState:
        """Tell on policy/status whether the next episode may start, and if not, what for it waits."""
        session = self._session
        why = self._inputs.waiting_for() or session.waiting_for() if not session.finished() else None
        ready = PolicyState.WAITING if why else PolicyState.READY
        state = PolicyState.FINISHED if session.finished() else ready
        status = PolicyStatus(state=state, handled=self._handled, next_episode=session.next_index)
        if status != self._announced:
            self._waiting_since, self._announced = time.monotonic(), status
            self._tell(replace(status, says=why or ""))
        now = time.monotonic()
        if why and now - self._waiting_since > COMPLAIN_AFTER_S and now - self._complained > COMPLAIN_EVERY_S:
            self._complained = now
            self.get_logger().info(why)
        return state

    def _on_episode(self, status: EpisodeStatus) -> None:
        with self.changed:
            if self._episode is None or status.resumed != self._episode.resumed:
                self._takeover.resume()
            self._episode, self._judged_s = status, status.stamp
            self.changed.notify()

    def _on_judged(self, message: Header) -> None:
        with self.changed:
            self._judged_s = to_seconds(message.stamp)
            self.changed.notify()


def main() -> None:
    """Run the node."""
    run(PolicyNode)


if __name__ == "__main__":
    main()
