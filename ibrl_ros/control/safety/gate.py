"""The safety gate: every command to the arm passes through it, and every fault makes the arm hold.

Pure code: times are arguments, in seconds of one clock, and results are return values.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
from numpy.typing import ArrayLike

from ibrl_ros.control.action import Execution, action_values
from ibrl_ros.control.poses import Pose
from ibrl_ros.control.safety.carry_out import Cut
from ibrl_ros.control.safety.command import Command
from ibrl_ros.control.safety.conditions import Conditions
from ibrl_ros.control.safety.gripper_target import GripperTarget
from ibrl_ros.control.safety.limits import GateLimits
from ibrl_ros.control.safety.measured_pose import MeasuredPose
from ibrl_ros.control.safety.motion import Motion
from ibrl_ros.control.verdict import Verdict
from ibrl_ros.data.episode import ACTION_DIM

_STOP = "the emergency stop is pressed"


class SafetyGate:
    """Converts actions to target poses while there is no fault, and holds at the measured pose otherwise.

    Invariants: a target is finite and within the lead limit of the newest measured pose. While the arm is
    armed, a target also moves no faster than the step limits, and stays in the workspace; if the measured
    pose is outside the workspace, the target goes no further out.

    A hold latches the measured pose and disarms. If someone else moves the arm, the held pose follows.
    While the measured pose is old or in doubt there is no target, because the arm's true pose is unknown.
    While the robot's mode forbids motion, the target is the newest measured pose, because a controller that
    is switched on goes to the last target that it received.

    Arming needs a person's permission (`allow`). It is valid until the next fault, stop, disarming by hand
    or change of the robot's mode, armed or not. `rest`, the hold after a normal end, keeps it.

    Not thread-safe.
    """

    def __init__(self, limits: GateLimits, expected: Iterable[str] = ()) -> None:
        """Hold, without a person's permission.

        Args:
            limits: limits of the robot and the task.
            expected: names of inputs that must arrive regularly, see `heard`; used in messages.
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
        """Whether a person's permission is valid; arming needs it."""
        return self._word

    @property
    def why(self) -> str:
        """Why the arm holds: the present fault, or else the cause of the hold; empty while armed."""
        return "" if self._armed else self._conditions.obstacle() or self._stopped_by

    def measured(self, pose: Pose, stamp_s: float, now_s: float) -> Verdict:
        """Update the pose, measured at stamp_s.

        An invalid, old, out-of-order or implausible pose is refused. A refused pose doesn't disarm the arm;
        the last accepted pose stays, and its age continues to grow.
        """
        self._advance(now_s)
        return self._measured.take(pose, stamp_s, self._now_s)

    def deadman(self, pressed: bool) -> None:
        """Update the deadman switch. It must be released when the gate is armed."""
        self._deadman_pressed = pressed

    def robot_mode(self, obstacle: str) -> None:
        """Update why the robot's mode forbids motion; empty if it doesn't."""
        self._conditions.mode = obstacle
        self._fault_if(self._conditions.obstacle())

    def target_publishers(self, count: int) -> None:
        """Update the number of publishers of the target pose, including robot_node."""
        self._conditions.target_publishers = count
        self._fault_if(self._conditions.obstacle())

    def hinder(self, what: str, why: str, *, of_pose: bool = False) -> None:
        """Update the result of an external check.

        Args:
            what: name of the check; the new result replaces the old one.
            why: reason to hold, as a sentence for people; empty without a fault.
            of_pose: whether it is a check of the measured pose: if it fails, there is no target.
        """
        self._conditions.hindrances[what] = why
        if of_pose:
            self._conditions.pose_checks.add(what)
        self._fault_if(self._conditions.obstacle())

    def heard(self, what: str, now_s: float) -> None:
        """Record the arrival of an expected input; other inputs are ignored."""
        if what in self._conditions.expected:
            self._advance(now_s)
            self._conditions.heard(what, self._now_s)

    def estop(self, pressed: bool, why: str = _STOP) -> None:
        """Update the emergency stop. It latches: false changes nothing."""
        if pressed and not self._conditions.stop:
            self._conditions.stop = why
        self._fault_if(self._conditions.obstacle())

    def clear_estop(self) -> None:
        """Release the emergency stop. The arm stays disarmed and doesn't move."""
        if self._conditions.stop:
            self._conditions.stop = ""
            self._stopped_by = "the emergency stop was released"

    def allow(self, now_s: float) -> Verdict:
        """Record a person's permission to move; refused while there is a fault."""
        self._advance(now_s)
        why = self._conditions.obstacle() or self._stale_state()
        if not why:
            self._word = True
        return Verdict(not why, why)

    def arm(self, now_s: float) -> Verdict:
        """Accept actions from now on, starting at the measured pose. Needs a person's permission.

        The arm doesn't move until the first action comes, without a time limit.
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
            self._sequence = -1  # the source of the actions may have restarted its numbers
            self._gripper.forget()
        return Verdict(True)

    def disarm(self, why: str) -> None:
        """Hold at the measured pose, until a person allows motion again."""
        self._fault_if(why or "disarmed")

    def rest(self, why: str) -> None:
        """Hold at the measured pose after a normal end; a person's permission stays valid."""
        self._hold_if(why or "at rest")

    def action(
        self, action: ArrayLike, decided_s: float, now_s: float, sequence: int | None = None
    ) -> Execution:
        """Accept or refuse an action; returns its execution.

        Args:
            action: [7] as in Episode.actions; clipped to [-1, 1].
            decided_s: time at which the action was decided, s.
            now_s: present time, s.
            sequence: number of the action; must increase from arming on. None for the next number.
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
        """The execution of a refused action."""
        still = np.zeros(ACTION_DIM, np.float32)
        return Execution(sequence, False, why, still, Cut.NONE, self._motion.goal, self._gripper.closed)

    def _refusal(self, decided_s: float, sequence: int) -> str:
        """Why an action is refused, regardless of its values; empty if it is not refused."""
        age_s = self._now_s - decided_s
        if not self._armed:
            return f"not armed: {self.why}"
        if not age_s <= self._limits.max_action_age_s:
            return f"the action is {age_s:.2f} s old"
        if not -age_s <= self._limits.max_action_age_s:
            return f"the action was decided {-age_s:.2f} s in the future: set the clocks"
        if sequence <= self._sequence:
            return f"action {sequence} is not newer than the previous action, {self._sequence}"
        return ""

    def command(self, now_s: float) -> Command | None:
        """The target at this time; call it at 50 to 100 Hz.

        None while there is no recent measured pose, or the pose is in doubt.
        """
        self._advance(now_s)
        return self._command_at(self._now_s)

    def tick_target(self) -> Command | None:
        """The target at the end of the newest action's motion, for simulation in lockstep."""
        end_s = self._motion.end_s
        return self._command_at(self._now_s if end_s is None else end_s)

    def _advance(self, now_s: float) -> None:
        """Update the time. If the clock went back, forget inputs with older stamps."""
        if not math.isfinite(now_s):
            self._fault_if("the clock's time is not finite")
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
        """Which input is too old (the measured pose or an expected input); empty if none is."""
        return self._measured.stale(self._now_s) or self._conditions.stale(
            self._now_s, self._limits.max_joints_age_s
        )

    def _silence(self) -> str:
        silent_s = self._motion.silent_s(self._now_s)
        return "" if silent_s < self._limits.silence_s else f"no action for {silent_s:.2f} s"

    def _fault_if(self, why: str) -> None:
        """If there is a reason, hold and forget a person's permission."""
        self._hold_if(why)
        if why and self._word:
            self._word = False
            self._stopped_by = self._wordless_since = why

    def _hold_if(self, why: str) -> None:
        """If there is a reason, hold and disarm."""
        if why and self._armed:
            self._armed, self._stopped_by = False, why
            self._settle()

    def _settle(self) -> None:
        """Set the target to the measured pose, and forget the present action."""
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
        """If someone else moves the arm, hold it at its present pose; no target while that is unknown."""
        measured = self._measured.pose
        if self._measured.stale(self._now_s) or self._conditions.pose_in_doubt or measured is None:
            self._motion.settle(None, self._now_s)
            return
        guided, held = not self._conditions.may_move, self._motion.target
        if held is None or guided or self._limits.moved_by_hand(held, measured):
            self._settle()
