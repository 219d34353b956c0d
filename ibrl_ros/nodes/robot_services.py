"""The services of robot_node: a person's permission, arming, rest, homing, the stop."""

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
    """Offers the services. Each response holds success, or why the request is refused."""

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
        """Create the services.

        Args:
            node: node that offers the services.
            gate: safety gate to arm and disarm.
            homing: homing of the arm.
            gripper: gripper to home.
            watch: check of the stop's heartbeat.
            sim: whether the robot is simulated; then the simulation puts the arm at its start.
            gate_time: function from the newest reading's stamp, s, to the gate's time, s.
            measured: function that returns stamp, s, and pose of the newest reading; None before the first.
            missing: function that returns why there is no complete reading yet; empty if there is one.
            say: callback after each change.
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
        """Create the service that homes the fingers, too."""
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
        """Start homing; returns an accepting verdict once the arm is at home, else why it isn't yet."""
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
