"""Detects an invalid simulated state: MuJoCo itself only warns, resets the state and continues."""

from __future__ import annotations

import mujoco

_W = mujoco.mjtWarning
#: Text for each warning of MuJoCo after which the simulated state is invalid.
_WORDS = {
    _W.mjWARN_BADQPOS: "a position is no number, or huge",
    _W.mjWARN_BADQVEL: "a velocity is no number, or huge",
    _W.mjWARN_BADQACC: "an acceleration is no number, or huge",
    _W.mjWARN_BADCTRL: "a motor's command is no number, or huge",
    _W.mjWARN_INERTIA: "the inertia matrix can't be inverted",
    _W.mjWARN_CONTACTFULL: "there are more contacts than memory for them",
    _W.mjWARN_CNSTRFULL: "there are more constraints than memory for them",
}
_VELOCITIES = (_W.mjWARN_BADQVEL, _W.mjWARN_BADQACC, _W.mjWARN_INERTIA)


class SimulationError(RuntimeError):
    """The simulated state is invalid until a new scene is set."""


class Validity:
    """Checks the warnings of one simulation."""

    def __init__(self, model: mujoco.MjModel, data: mujoco.MjData) -> None:
        """Start without warnings."""
        self._model, self._data = model, data
        self.clear()

    def clear(self) -> None:
        """Forget the warnings so far: a valid state has been set."""
        self._data.warning.number[:] = 0
        self._valid_s = 0.0
        self._fault = ""

    def check(self) -> None:
        """Check that the state is valid.

        Raises:
            SimulationError: MuJoCo has warned since `clear`; names warning, joint or motor, and time.
        """
        if not self._fault:
            mujoco.mj_checkPos(self._model, self._data)
            mujoco.mj_checkVel(self._model, self._data)
            self._fault = self._found()
        if self._fault:
            raise SimulationError(self._fault)
        self._valid_s = self._data.time

    def _found(self) -> str:
        for warning, words in _WORDS.items():
            if self._data.warning[warning].number:
                where = self._where(warning, int(self._data.warning[warning].lastinfo))
                return f"{words}{where} ({warning.name}), after {self._valid_s:.2f} s of simulation"
        return ""

    def _where(self, warning: mujoco.mjtWarning, number: int) -> str:
        """Text about the joint or motor of a warning; empty for a warning about the whole simulation."""
        model = self._model
        if warning is _W.mjWARN_BADCTRL:
            return f", of motor {model.actuator(number).name!r}"
        if warning is _W.mjWARN_BADQPOS:
            joint = int((model.jnt_qposadr <= number).sum()) - 1
        elif warning in _VELOCITIES:
            joint = int(model.dof_jntid[number])
        else:
            return ""
        body = model.body(int(model.jnt_bodyid[joint])).name
        return f", at joint {model.joint(joint).name!r} of {body!r}"
