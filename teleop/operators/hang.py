"""The scripted operator of the Hang task."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ibrl_ros.control.poses import multiply, quaternion_from_euler, rotation_vector
from ibrl_ros.registers import OPERATORS
from ibrl_ros.teleop.operator import PhasedOperator
from ibrl_ros.teleop.unsteady_hand import UnsteadyHand

Phase = Literal["approach", "descend", "close", "raise", "carry", "thread", "lower", "open", "retreat"]

_GRIPPER_DOWN = np.array([1.0, 0.0, 0.0, 0.0])
_GRASPING = ("approach", "descend", "close")
_HOLDING = ("raise", "carry", "thread", "lower")
_OPEN = ("approach", "descend", "open", "retreat")

# Goals relative to the tab, to the ring's place on the hook, and to the hand, m.
_OVER_TAB = np.array([0.0, 0.0, 0.05])
_BEFORE_HOOK = np.array([0.0, -0.105, 0.025])  # the hook's tip points at the middle of the hole
_OVER_HOOK = np.array([0.0, 0.0, 0.025])
_DOWN_ON_HOOK = np.array([0.0, 0.0, 0.002])
_AWAY = np.array([0.0, 0.0, 0.10])

# Largest motion of one step near an object, each axis, m.
_CAREFULLY_M = 0.025
_GENTLY_M = 0.012

# Largest distances from a goal at which the next phase begins.
_OVER_M = 0.016  # over the tab, to descend
_AROUND_M = 0.011  # to the tab's middle, to close
_LEVEL_M = 0.009  # between the hole and the hook's tip, to move over the tip
_BEFORE_M = 0.02  # before the tip
_ALONG_M = 0.015  # along the hook's bar, to lower
_LOW_M = 0.006  # above the bar, to let go
_ALIGNED_RAD = 0.2

_SLIPPING_M = 0.021  # beyond this the fingers grasp the tab's edge, and it would slip out
_LOST_M = 0.03
_CLOSED_ON_NOTHING = 0.95
_LET_GO = 0.5  # gripper position below which the fingers don't touch the tab
_LONGEST_CLOSING_STEPS = 14
_RETREATING_STEPS = 5


@dataclass(frozen=True)
class _View:
    """The values of an observation that the operator uses.

    Attributes:
        tab: offset of the tab from the tool centre point, m.
        hook: offset of the hook from the ring's top, m.
        turn: rotation vector to the wanted orientation, rad.
        gripper: gripper position, 0 open to 1 closed.
        held, on_hook: components of the state.
    """

    tab: NDArray[np.float64]
    hook: NDArray[np.float64]
    turn: NDArray[np.float64]
    gripper: float
    held: bool
    on_hook: bool

    @property
    def aligned(self) -> bool:
        return float(np.linalg.norm(self.turn)) < _ALIGNED_RAD

    @property
    def before_hook(self) -> NDArray[np.float64]:
        """Offset to the place before the hook's tip, m."""
        return self.hook + _BEFORE_HOOK


@OPERATORS.register("hang")
class HangOperator(PhasedOperator[Phase]):
    """Moves over the tab, turns with it, grasps it, moves the ring over the hook's tip, lowers it, opens.

    If the toy is lost, the operator starts again at the first phase, unless the toy is on the hook.
    """

    def __init__(self, hand: UnsteadyHand, state_names: Sequence[str]) -> None:
        self._phases: dict[Phase, Callable[[_View], Phase]] = {
            "approach": self._after_approach,
            "descend": self._after_descend,
            "close": self._after_close,
            "raise": self._after_raise,
            "carry": self._after_carry,
            "thread": self._after_thread,
            "lower": self._after_lower,
            "open": self._after_open,
            "retreat": self._after_retreat,
        }
        super().__init__(hand, state_names, "approach")

    def command(self, prop: NDArray[np.floating], state: NDArray[np.floating]) -> NDArray[np.float32]:
        """Returns the next action, see `Operator.command`."""
        view = self._look(prop, state)
        self._move_on(self._following(view))
        closing = -1.0 if self.phase in _OPEN else 1.0
        return np.array([*self._hand.move(self._way(view), view.turn), closing], np.float32)

    def _look(self, prop: NDArray[np.floating], state: NDArray[np.floating]) -> _View:
        """Returns the used values of an observation; the gripper turns with the tab, then with the hook."""
        sine, cosine = self._value(state, "toy_yaw_sin"), self._value(state, "toy_yaw_cos")
        yaw = np.arctan2(sine, cosine) if self.phase in _GRASPING else 0.0
        wanted = multiply(quaternion_from_euler((0.0, 0.0, yaw)), _GRIPPER_DOWN)
        held = bool(self._value(state, "held"))
        return _View(
            tab=self._way_m(state, "tab_from_tcp") - self._ahead_m * (not held),
            hook=self._way_m(state, "hook_from_ring") - self._ahead_m * held,
            turn=rotation_vector(prop[3:7], wanted) - self._ahead_rad,
            gripper=float(prop[7]),
            held=held,
            on_hook=bool(self._value(state, "on_hook")),
        )

    def _way(self, view: _View) -> NDArray[np.float64]:
        """Offset from the tool centre point to the phase's goal, m."""
        ways: dict[Phase, NDArray[np.float64]] = {
            "approach": view.tab + _OVER_TAB,
            "descend": np.clip(view.tab, -_CAREFULLY_M, _CAREFULLY_M),
            "close": view.tab,
            "raise": np.array([0.0, 0.0, view.before_hook[2]]),
            "carry": view.before_hook,
            "thread": np.clip(view.hook + _OVER_HOOK, -_CAREFULLY_M, _CAREFULLY_M),
            "lower": np.clip(view.hook + _DOWN_ON_HOOK, -_GENTLY_M, _GENTLY_M),
            "open": view.tab,
            "retreat": _AWAY,
        }
        return ways[self.phase]

    def _following(self, view: _View) -> Phase:
        """Returns the next phase, which may be the present one."""
        if self.phase in _HOLDING and float(np.linalg.norm(view.tab)) > _LOST_M:
            return "retreat" if view.on_hook else "approach"
        return self._phases[self.phase](view)

    def _after_approach(self, view: _View) -> Phase:
        way = view.tab + _OVER_TAB
        over = np.hypot(way[0], way[1]) < _OVER_M and abs(way[2]) < 2 * _OVER_M
        return "descend" if over and view.aligned and view.gripper < 0.2 else "approach"

    def _after_descend(self, view: _View) -> Phase:
        if np.hypot(view.tab[0], view.tab[1]) > _LOST_M:
            return "approach"
        return "close" if np.abs(view.tab).max() < _AROUND_M else "descend"

    def _after_close(self, view: _View) -> Phase:
        if np.abs(view.tab).max() > _SLIPPING_M or self._steps_in_phase >= _LONGEST_CLOSING_STEPS:
            return "approach"
        return "raise" if view.held and view.gripper < _CLOSED_ON_NOTHING else "close"

    def _after_raise(self, view: _View) -> Phase:
        return "carry" if view.before_hook[2] < _BEFORE_M else "raise"

    def _after_carry(self, view: _View) -> Phase:
        way = view.before_hook
        there = np.hypot(way[0], way[2]) < _LEVEL_M and abs(way[1]) < _BEFORE_M
        return "thread" if there and view.aligned else "carry"

    def _after_thread(self, view: _View) -> Phase:
        if view.on_hook:
            return "lower" if view.hook[1] < _ALONG_M else "thread"
        missed = view.hook[1] < _ALONG_M or np.hypot(view.before_hook[0], view.before_hook[2]) > 2 * _LEVEL_M
        return "carry" if missed else "thread"

    def _after_lower(self, view: _View) -> Phase:
        return "open" if view.hook[2] > -_LOW_M else "lower"

    def _after_open(self, view: _View) -> Phase:
        return "retreat" if view.gripper < _LET_GO else "open"

    def _after_retreat(self, view: _View) -> Phase:
        return "approach" if not view.on_hook and self._steps_in_phase > _RETREATING_STEPS else "retreat"
