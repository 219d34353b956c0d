"""A Franka arm under Cartesian impedance control: the 1 kHz loop over libfranka, on a thread of its own."""

from __future__ import annotations

import os
import re
import threading
import time
from typing import Any

import numpy as np

from ibrl_ros.config.libfranka import LibfrankaConfig
from ibrl_ros.control.poses import Pose
from ibrl_ros.franka.errors import ArmError, explain, failures, library
from ibrl_ros.franka.impedance import CYCLE_S, CartesianImpedance, Dynamics
from ibrl_ros.franka.state import MODES, ArmState, pose_of
from ibrl_ros.franka.target import FollowedTarget

RECOVERY_S = 5.0
_WATCH_S = 0.01
_PRIORITY = 80
_SETTLING_CYCLES = 300


class Arm:
    """Holds the arm where it is from the first moment on, and moves it after `follow`.

    Without fresh targets it holds. After a fault (a reflex, the stop button) the robot has stopped by itself;
    the arm is only watched then, until a person asks to `recover`. Faults are never cleared unasked.
    """

    def __init__(self, config: LibfrankaConfig) -> None:
        """Connects and begins to hold.

        Raises:
            ArmError: if the robot can't be reached, or this computer isn't fit for 1 kHz.
        """
        self._config = config
        self._library = library()
        self._errors = failures()
        self._target = FollowedTarget(config.target_timeout_s)
        self._fault = ""
        self._skipped = 0
        self._asked, self._decided, self._stop = threading.Event(), threading.Event(), threading.Event()
        try:
            self._connect()
        except self._errors as error:
            raise ArmError(explain(error, config.address)) from error
        self._thread = threading.Thread(target=self._run, name="arm", daemon=True)
        self._thread.start()

    def _connect(self) -> None:
        config, real = self._config, self._library.RealtimeConfig
        kind = real.kEnforce if config.realtime == "enforce" else real.kIgnore
        self._robot: Any = self._library.Robot(config.address, kind)
        torques, forces = list(config.collision_torque_nm), list(config.collision_force_n)
        self._robot.set_collision_behavior(torques, torques, forces, forces)
        self._model: Any = self._robot.load_model()
        self._read(self._robot.read_once())

    @property
    def state(self) -> ArmState:
        """The newest reading."""
        time_s, state = self._newest
        return ArmState(
            time_s,
            pose_of(state.O_T_EE),
            np.array(state.q),
            MODES[state.robot_mode.value],
            ", ".join(re.findall(r"\w+", str(state.current_errors))),
            state.control_command_success_rate,
        )

    @property
    def fault(self) -> str:
        """Why the arm isn't held by this program; empty while it is."""
        return self._fault

    @property
    def alive(self) -> bool:
        """Whether the robot is still connected."""
        return self._thread.is_alive()

    @property
    def skipped_cycles(self) -> int:
        """Cycles of 1 ms that this program has missed since its start."""
        return self._skipped

    def follow(self, target: Pose) -> None:
        """Go to a pose of the tool centre point, now and until `target_timeout_s` later.

        Raises:
            ValueError: if the pose isn't finite, or its quaternion is null.
        """
        if not self._stop.is_set():
            self._target.set(target, time.monotonic())

    def recover(self) -> str:
        """On a person's word: clear the robot's errors and hold again; "" if that worked, else why not."""
        if self._fault and self.alive:
            self._decided.clear()
            self._asked.set()
            if not self._decided.wait(RECOVERY_S):
                return "the robot doesn't answer"
        return self._fault

    def close(self) -> None:
        """Bring the arm to rest, let the robot hold it by itself, and let go of the robot."""
        self._stop.set()
        self._target.release()
        self._thread.join()
        self._robot = self._model = None  # the connection ends with its last reference; there can be one only

    def _run(self) -> None:
        """Hold; after a fault only watch, until a person asks for more. Ends with the connection."""
        try:
            self._take_priority()
            while not self._stop.is_set():
                self._hold_or_fault()
                while not (self._stop.wait(_WATCH_S) or self._asked.is_set()):
                    self._read(self._robot.read_once())
        except Exception as error:  # the node sees that this thread has ended, and says why
            self._note(error)

    def _take_priority(self) -> None:
        if self._config.realtime == "ignore":
            return
        try:
            os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(_PRIORITY))
        except PermissionError:
            raise ArmError("no real-time priority: add this user to the group `realtime`") from None

    def _hold_or_fault(self) -> None:
        """Hold until `close`, or until a fault, which is noted."""
        try:
            if self._asked.is_set():
                self._asked.clear()
                self._robot.automatic_error_recovery()
            self._control()
        except self._errors as error:
            self._note(error)

    def _note(self, error: Exception) -> None:
        self._fault = explain(error, self._config.address)
        self._decided.set()

    def _control(self) -> None:
        """The 1 kHz loop, until the arm has come to rest after `close`.

        Raises:
            RuntimeError: a fault of the robot, or of the connection.
        """
        self._target.release()  # what was sent before counts no more
        control = self._robot.start_torque_control()
        state, _ = control.readOnce()
        arm = self._dynamics(state)
        impedance = CartesianImpedance(self._config.impedance, arm, np.array(state.tau_J_d))
        self._fault = ""
        self._decided.set()
        cycles_left = _SETTLING_CYCLES
        while cycles_left:
            torques = impedance.torques(arm, self._target.at(time.monotonic(), arm.pose))
            command = self._library.Torques(torques.tolist())
            cycles_left -= self._stop.is_set()
            command.motion_finished = not cycles_left
            control.writeOnce(command)
            if cycles_left:
                state, period = control.readOnce()
                self._read(state)
                self._skipped += max(0, round(period.to_sec() / CYCLE_S) - 1)
                arm = self._dynamics(state)

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
