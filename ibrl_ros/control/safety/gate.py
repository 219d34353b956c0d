"""The safety gate: everything that moves the arm passes here, and whatever is wrong makes it hold.

Pure: times come in as arguments, in seconds of one clock, and nothing goes out but return values.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
from numpy.typing import ArrayLike

from ibrl_ros.control.action import Execution
from ibrl_ros.control.poses import Pose
from ibrl_ros.control.safety.carry_out import Cut
from ibrl_ros.control.safety.command import Command
from ibrl_ros.control.safety.conditions import Conditions
from ibrl_ros.control.safety.gripper_target import GripperTarget
from ibrl_ros.control.safety.limits import GateLimits
from ibrl_ros.control.safety.measured_pose import MeasuredPose
from ibrl_ros.control.safety.motion import Motion
from ibrl_ros.control.safety.well_formed import action_values
from ibrl_ros.control.verdict import Verdict
from ibrl_ros.data.episode import ACTION_DIM

_STOP = "the emergency stop is pressed"


class SafetyGate:
    """Turns actions into target poses while all is well, and holds at the measured pose otherwise.

    What holds, always: a target is finite and within the lead limit of the newest measured pose. While the
    arm isn't holding, a target also moves no faster than the step limits, and stays in the workspace; if
    the measured pose itself is outside, the target goes no further out than that.

    A hold latches the measured pose and disarms. The held pose follows the arm where someone else moves it.
    While the measured pose is old or in doubt there is no target at all: nothing goes where the arm only
    seems to be. While the robot's mode forbids to move the target is the newest measured pose: a controller
    that was off may keep the last target that it heard, and goes there when it is switched on.

    Arming needs a person's word (`allow`). It stands until the next fault, stop, disarming by hand or
    change of the robot's mode, armed or not; `rest`, the hold of a normal end, leaves it.

    For the use of one thread.
    """

    def __init__(self, limits: GateLimits, expected: Iterable[str] = ()) -> None:
        """Hold, without a person's word.

        Args:
            limits: of the robot at its task.
            expected: names of readings, for a person to read, that must be `heard` again and again.
        """
        self._limits = limits
        self._conditions = Conditions(expected)
        self._word = False
        self._wordless_since = "robot_node was started"
        self._now_s = -math.inf
        self._measured = MeasuredPose(limits)
        self._motion = Motion(limits)
        self._armed = False
        self._stopped_by = "not armed"
        self._sequence = -1
        self._gripper = GripperTarget()
        self._deadman_pressed = False

    @property
    def armed(self) -> bool:
        """Whether actions are accepted."""
        return self._armed

    @property
    def word(self) -> bool:
        """Whether a person's word stands, without which nothing arms."""
        return self._word

    @property
    def why(self) -> str:
        """Why the arm holds: what forbids moving now, or else what made it hold; empty while it is armed."""
        return "" if self._armed else self._conditions.obstacle() or self._stopped_by

    def measured(self, pose: Pose, stamp_s: float, now_s: float) -> Verdict:
        """Take in the arm's pose as measured at stamp_s.

        A malformed, old, out-of-order or impossible one is refused: it neither moves nor disarms the arm, but
        refusing doesn't make the last accepted one younger.
        """
        self._advance(now_s)
        return self._measured.take(pose, stamp_s, self._now_s)

    def deadman(self, pressed: bool) -> None:
        """Take in the deadman switch. It must be released when the gate is armed."""
        self._deadman_pressed = pressed

    def robot_mode(self, obstacle: str) -> None:
        """Take in why the robot's own mode forbids to move, for a person to read; empty if it doesn't."""
        self._conditions.mode = obstacle
        self._fault_if(self._conditions.obstacle())

    def target_publishers(self, count: int) -> None:
        """Take in how many publishers, this one among them, the target pose has."""
        self._conditions.target_publishers = count
        self._fault_if(self._conditions.obstacle())

    def hinder(self, what: str, why: str, *, of_pose: bool = False) -> None:
        """Take in what an outside check says now.

        Args:
            what: which check; it overrides what the same one said before.
            why: the reason to hold, for a person to read; empty while there is none.
            of_pose: the check is one of the measured pose: as long as it fails that is no target either.
        """
        self._conditions.hindrances[what] = why
        if of_pose:
            self._conditions.pose_checks.add(what)
        self._fault_if(self._conditions.obstacle())

    def heard(self, what: str, now_s: float) -> None:
        """Take in that an expected reading came; of others nothing is expected."""
        if what in self._conditions.expected:
            self._advance(now_s)
            self._conditions.heard(what, self._now_s)

    def estop(self, pressed: bool, why: str = _STOP) -> None:
        """Take in the emergency stop. It latches: false changes nothing."""
        if pressed and not self._conditions.stop:
            self._conditions.stop = why
        self._fault_if(self._conditions.obstacle())

    def clear_estop(self) -> None:
        """Release the emergency stop. That moves and arms nothing."""
        if self._conditions.stop:
            self._conditions.stop = ""
            self._stopped_by = "the emergency stop was released"

    def allow(self, now_s: float) -> Verdict:
        """Take in a person's word that the robot may move; refused while something forbids motion."""
        self._advance(now_s)
        why = self._conditions.obstacle() or self._stale_state()
        if not why:
            self._word = True
        return Verdict(not why, why)

    def arm(self, now_s: float) -> Verdict:
        """Accept actions from here on, counted from the measured pose. Needs a person's word.

        Until the first action comes, the arm keeps still, however long that takes.
        """
        self._advance(now_s)
        if self._deadman_pressed:
            return Verdict(False, "release the deadman switch before arming")
        why = self._conditions.obstacle() or self._stale_state()
        if why:
            self._fault_if(why)
            return Verdict(False, why)
        if not self._word:
            return Verdict(False, f"no person has allowed motion since this: {self._wordless_since}")
        if not self._armed:
            self._settle()
            self._armed = True
            self._sequence = -1  # who decides may have begun anew
            self._gripper.forget()
        return Verdict(True)

    def disarm(self, why: str) -> None:
        """Hold at the measured pose, until a person allows motion again."""
        self._fault_if(why or "disarmed")

    def rest(self, why: str) -> None:
        """Hold at the measured pose, after a normal end: a person's word stands."""
        self._hold_if(why or "at rest")

    def action(
        self, action: ArrayLike, decided_s: float, now_s: float, sequence: int | None = None
    ) -> Execution:
        """Take in an action, and tell what becomes of it.

        Args:
            action: [7], as in Episode.actions; values beyond +-1 are cut.
            decided_s: when it was decided.
            now_s: the time.
            sequence: its number, taken once and only upwards from arming on; None: the next one.
        """
        self._advance(now_s)
        self._fault_if(self._fault())
        number = self._sequence + 1 if sequence is None else sequence
        values = action_values(action)
        refusal = self._refusal(decided_s, number)
        if values is None and self._armed:
            refusal = f"an action is {ACTION_DIM} finite numbers, got {action!r:.100}"
        measured = self._measured.pose
        if refusal or values is None or measured is None:
            return self.refuse(number, refusal)
        self._sequence = number
        self._gripper.want(float(values[6]))
        step = self._motion.take(values, measured, self._now_s)
        executed = step.executed.astype(np.float32)
        return Execution(number, True, "", executed, step.cuts, step.goal, self._gripper.closed)

    def refuse(self, sequence: int, why: str) -> Execution:
        """What is told of an action that isn't carried out."""
        still = np.zeros(ACTION_DIM, np.float32)
        return Execution(sequence, False, why, still, Cut.NONE, self._motion.goal, self._gripper.closed)

    def _refusal(self, decided_s: float, sequence: int) -> str:
        """Why an action isn't carried out, whatever its values; empty where nothing is against it."""
        age_s = self._now_s - decided_s
        if not self._armed:
            return f"not armed: {self.why}"
        if not age_s <= self._limits.max_action_age_s:
            return f"the action is {age_s:.2f} s old"
        if not -age_s <= self._limits.max_action_age_s:
            return f"the action was decided {-age_s:.2f} s in the future: set the clocks"
        if sequence <= self._sequence:
            return f"action {sequence} isn't newer than the one before, {self._sequence}"
        return ""

    def command(self, now_s: float) -> Command | None:
        """The target at this time, to be called at 50 to 100 Hz.

        None while there is no fresh measured pose that is out of doubt.
        """
        self._advance(now_s)
        return self._command_at(self._now_s)

    def tick_target(self) -> Command | None:
        """The target at the end of the newest action's motion, for simulation in lockstep."""
        end_s = self._motion.end_s
        return self._command_at(self._now_s if end_s is None else end_s)

    def _advance(self, now_s: float) -> None:
        """Let time pass. If the clock went back, what was stamped before that counts no more."""
        if not math.isfinite(now_s):
            self._fault_if("the clock gives no finite time")
        elif now_s < self._now_s - self._limits.max_state_age_s:
            self._fault_if(f"the clock went back by {self._now_s - now_s:.2f} s")
            self._now_s = now_s
            self._conditions.forget()
            self._measured.forget()
        else:
            self._now_s = max(self._now_s, now_s)

    def _fault(self) -> str:
        return self._conditions.obstacle() or self._stale_state() or self._silence()

    def _stale_state(self) -> str:
        """What is too old to move by: the measured pose, or another expected reading."""
        return self._measured.stale(self._now_s) or self._conditions.stale(
            self._now_s, self._limits.max_joints_age_s
        )

    def _silence(self) -> str:
        silent_s = self._motion.silent_s(self._now_s)
        return "" if silent_s < self._limits.silence_s else f"no action for {silent_s:.2f} s"

    def _fault_if(self, why: str) -> None:
        """Hold, and forget a person's word, if there is a reason to."""
        self._hold_if(why)
        if why and self._word:
            self._word = False
            self._stopped_by = self._wordless_since = why

    def _hold_if(self, why: str) -> None:
        """Hold and disarm, if there is a reason to."""
        if why and self._armed:
            self._armed, self._stopped_by = False, why
            self._settle()

    def _settle(self) -> None:
        """Make the measured pose the target, and forget the action under way."""
        self._motion.settle(self._measured.pose, self._now_s)
        self._gripper.settle()

    def _command_at(self, time_s: float) -> Command | None:
        self._fault_if(self._fault())
        motion, measured = self._motion, self._measured.pose
        if self._armed and measured is not None:
            motion.advance(measured, time_s)
            self._fault_if(motion.unfollowed(measured, time_s))
        if not self._armed:
            self._follow_held()
        if motion.target is None:
            return None
        return Command(motion.target, self._gripper.change(), not self._armed, self.why)

    def _follow_held(self) -> None:
        """Hold an arm that others move where it is now; nothing while that isn't known."""
        measured = self._measured.pose
        if self._measured.stale(self._now_s) or self._conditions.pose_in_doubt or measured is None:
            self._motion.settle(None, self._now_s)
            return
        guided, held = not self._conditions.may_move, self._motion.target
        if held is None or guided or self._limits.moved_by_hand(held, measured):
            self._settle()
