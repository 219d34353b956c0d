"""The services of robot_node: a person's word, arming, rest, the way home, the stop."""

from __future__ import annotations

from collections.abc import Callable

from std_srvs.srv import SetBool, Trigger

from ibrl_ros.control.poses import Pose
from ibrl_ros.control.safety.gate import SafetyGate
from ibrl_ros.control.safety.homing import Homing
from ibrl_ros.control.verdict import Verdict
from ibrl_ros.nodes.robot_watch import RobotWatch
from ibrl_ros.ros import names
from ibrl_ros.ros.gripper_base import Gripper
from ibrl_ros.ros.runner import LoopNode

ON_REQUEST = "disarmed on request"
AT_REST = "the episode has ended"


class RobotServices:
    """Offers them. Each answers yes, or why not."""

    def __init__(
        self,
        node: LoopNode,
        gate: SafetyGate,
        homing: Homing,
        gripper: Gripper,
        watch: RobotWatch,
        *,
        sim: bool,
        gate_time: Callable[[float], float],
        measured: Callable[[], tuple[float, Pose] | None],
        missing: Callable[[], str],
        say: Callable[[], None],
    ) -> None:
        """Begin to offer.

        Args:
            node: that offers.
            gate: is armed and disarmed.
            homing: drives home.
            gripper: is homed.
            watch: knows the stop's heartbeat.
            sim: the simulation puts the arm at its start.
            gate_time: the gate's time, of the newest reading's stamp.
            measured: that stamp, s, and the arm's pose; None before the first reading.
            missing: what hasn't been measured yet, in words; empty if all has.
            say: called after each change.
        """
        self._gate, self._homing, self._gripper, self._watch = gate, homing, gripper, watch
        self._sim, self._gate_time, self._measured, self._missing = sim, gate_time, measured, missing
        self._say = say
        triggers = {
            names.ALLOW: lambda: self._when_measured(gate.allow),
            names.REST: self._rest,
            names.HOME: self._home,
            names.STOP: self._stop,
            names.CLEAR_ESTOP: self._clear_estop,
        }
        for name, act in triggers.items():
            node.create_service(Trigger, name, self._trigger(act))
        node.create_service(SetBool, names.ARM, self._on_arm)

    def offer_gripper_homing(self, node: LoopNode) -> None:
        """Offer to home the fingers, too."""
        node.create_service(Trigger, names.HOME_GRIPPER, self._trigger(self._home_gripper))

    def _home_gripper(self) -> Verdict:
        if self._gate.armed:
            return Verdict(False, "the arm is under way: home the fingers while it holds")
        return Verdict(*self._gripper.home())

    def _trigger(
        self, act: Callable[[], Verdict]
    ) -> Callable[[Trigger.Request, Trigger.Response], Trigger.Response]:
        def answer(request: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
            response.success, response.message = act()
            self._say()
            return response

        return answer

    def _on_arm(self, request: SetBool.Request, response: SetBool.Response) -> SetBool.Response:
        if request.data:
            self._gripper.forget()
            verdict = self._when_measured(self._gate.arm)
        else:
            self._homing.stop(ON_REQUEST)
            verdict = Verdict(True, "disarmed")
        response.success, response.message = verdict
        self._say()
        return response

    def _when_measured(self, ask: Callable[[float], Verdict]) -> Verdict:
        newest = self._measured()
        return Verdict(False, self._missing()) if newest is None else ask(self._gate_time(newest[0]))

    def _rest(self) -> Verdict:
        self._homing.leave()
        self._gate.rest(AT_REST)
        return Verdict(True, "at rest")

    def _home(self) -> Verdict:
        """Yes once the arm is at home; until then it sets out, or the answer says what is in the way."""
        newest = self._measured()
        if self._sim:
            return Verdict(True, "the simulation puts the arm at its start")
        if newest is None or self._missing():
            return Verdict(False, self._missing())
        return self._homing.ask(newest[1], self._gate_time(newest[0]))

    def _stop(self) -> Verdict:
        self._gate.estop(True)
        return Verdict(True, f"stopped; {names.CLEAR_ESTOP} releases it")

    def _clear_estop(self) -> Verdict:
        if why := self._watch.heartbeat_fault():
            return Verdict(False, why)
        self._gate.clear_estop()
        return Verdict(True, "released; nothing moves before a person says start")
