"""The 1 kHz loop, in a process of its own: pylibfranka blocks all Python threads while it waits."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from typing import Any

import numpy as np

from ibrl_ros.config.libfranka import LibfrankaConfig
from ibrl_ros.franka.cycles import CycleTimes
from ibrl_ros.franka.errors import ArmError, explain, failures, library
from ibrl_ros.franka.impedance import CYCLE_S, CartesianImpedance, Dynamics, Limits
from ibrl_ros.franka.link import Link, Orders, Report
from ibrl_ros.franka.realtime import make_realtime
from ibrl_ros.franka.state import arm_state, pose_of
from ibrl_ros.franka.target import FollowedTarget

_WATCH_S = 0.01
_WARM_UP_CYCLES = 20
_SETTLING_CYCLES = 300
_LONGEST_FAULT = 2000


def serve(link: Link, config: LibfrankaConfig, limits: Limits) -> None:
    """Run the loop's process: hold the robot until told to stop, or until the parent process has ended."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the node handles a Ctrl-C in the terminal
    with contextlib.suppress(OSError):
        try:
            loop = Loop(link, config, limits)
            signal.signal(signal.SIGTERM, loop.end)
            realtime = make_realtime(config.priority)
            if config.realtime == "enforce" and config.priority and not realtime.priority:
                raise ArmError("; ".join(realtime.missing))
        except ArmError as error:
            link.pipe.send(str(error))
            return
        except failures() as error:
            link.pipe.send(explain(error, config.address))
            return
        link.pipe.send(realtime)
        loop.run()
        link.pipe.send(loop.times)


class Loop:
    """Controls the arm from the start. After a fault it only reads the state, until a request to recover.

    Attributes:
        times: cycle times.
    """

    def __init__(self, link: Link, config: LibfrankaConfig, limits: Limits) -> None:
        """Connect, which gives the calling thread the highest real-time priority.

        Raises:
            RuntimeError: the connection failed; libfranka's message says why.
        """
        self._link, self._config, self._limits = link, config, limits
        self._library, self._errors = library(), failures()
        self._target = FollowedTarget(config.target_timeout_s)
        self._orders = Orders()
        self._working = self._answered = self._skipped = 0
        self._ending, self._fault = False, ""
        self._report_cycles = max(1, round(1 / (CYCLE_S * config.state_rate_hz)))
        self.times = CycleTimes()
        real = self._library.RealtimeConfig
        kind = real.kEnforce if config.realtime == "enforce" else real.kIgnore
        self._robot: Any = self._library.Robot(config.address, kind)
        torques, forces = list(config.collision_torque_nm), list(config.collision_force_n)
        self._robot.set_collision_behavior(torques, torques, forces, forces)
        self._model: Any = self._robot.load_model()
        self._read(self._robot.read_once())
        self._tell()
        self._warm_up()

    def end(self, *_: object) -> None:
        """Stop the arm's motion, then return from `run`."""
        if not self._ending:
            self._ending = True
            self._target.release()

    def run(self) -> None:
        """Hold, and after a fault only read the state. Returns when the connection ends, or after `end`."""
        try:
            while not self._ending:
                self._hold_or_fault()
                while not (self._ending or self._asked):
                    time.sleep(_WATCH_S)
                    self._read(self._robot.read_once())
                    self._listen()
                    self._tell()
        except Exception as error:  # the node detects that this process has ended, and reports the text
            self._decide(explain(error, self._config.address))
        self._robot = self._model = None  # ends the connection, of which the robot accepts only one

    @property
    def _asked(self) -> bool:
        return self._orders.recoveries > self._answered

    def _hold_or_fault(self) -> None:
        """Hold until the end, or until a fault, which is reported."""
        try:
            if self._asked:
                self._working = self._orders.recoveries
                self._robot.automatic_error_recovery()
            self._control()
        except self._errors as error:
            self._decide(explain(error, self._config.address))

    def _control(self) -> None:
        """Run the 1 kHz loop until the arm has stopped.

        Raises:
            RuntimeError: a fault of the robot, or of the connection.
        """
        self._listen()
        self._target.release()  # earlier target poses are out of date
        control = self._robot.start_torque_control()
        state, _ = control.readOnce()
        arrived_s = time.perf_counter()
        arm = self._dynamics(state)
        impedance = CartesianImpedance(self._config.impedance, self._limits, arm, np.array(state.tau_J_d))
        self._decide("")
        cycle, cycles_left = 0, _SETTLING_CYCLES
        while cycles_left:
            self._listen()
            torques = impedance.torques(arm, self._target.at(time.monotonic(), arm.pose))
            command = self._library.Torques(torques.tolist())
            cycles_left -= self._ending
            command.motion_finished = not cycles_left
            control.writeOnce(command)
            self.times.work.add(time.perf_counter() - arrived_s)
            cycle += 1
            if cycle % self._report_cycles == 0:
                self._tell()
            if cycles_left:
                state, period = control.readOnce()
                last_s, arrived_s = arrived_s, time.perf_counter()
                self.times.period.add(arrived_s - last_s)
                self._skipped += max(0, round(period.to_sec() / CYCLE_S) - 1)
                self._read(state)
                arm = self._dynamics(state)

    def _warm_up(self) -> None:
        """Compute some cycles without sending torques: the first cycles take a hundred times as long."""
        _, state = self._newest
        arm = self._dynamics(state)
        impedance = CartesianImpedance(self._config.impedance, self._limits, arm, np.array(state.tau_J_d))
        for _ in range(_WARM_UP_CYCLES):
            self._listen()
            torques = impedance.torques(self._dynamics(state), self._target.at(time.monotonic(), arm.pose))
            self._library.Torques(torques.tolist())
            self._tell()

    def _listen(self) -> None:
        orders = self._link.orders.take()
        if orders is not None:
            self._orders = orders
            if orders.target is None:
                self._target.release()
            else:
                sent_s, pose = orders.target
                self._target.set(pose, sent_s)
        if self._orders.stop or os.getppid() != self._link.parent:
            self.end()

    def _decide(self, fault: str) -> None:
        """Report the fault, empty for none, as the answer to a request to recover."""
        self._fault, self._answered = fault[:_LONGEST_FAULT], self._working
        self._tell()

    def _tell(self) -> None:
        time_s, state = self._newest
        self._link.reports.put(Report(arm_state(state, time_s), self._fault, self._skipped, self._answered))

    def _read(self, state: Any) -> None:
        self._newest = time.time(), state

    def _dynamics(self, state: Any) -> Dynamics:
        return Dynamics(
            pose_of(state.O_T_EE),
            np.array(state.q),
            np.array(state.dq),
            np.array(self._model.zero_jacobian(state)).reshape(7, 6).T,
            np.array(self._model.coriolis(state)),
        )
