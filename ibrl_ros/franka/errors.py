"""Texts for libfranka's errors, with advice."""

from __future__ import annotations

from types import ModuleType


class ArmError(RuntimeError):
    """The arm can't be reached or controlled; the message says why, and what to do."""


#: Part of libfranka's message, and advice to a person.
HINTS = {
    "Connection to FCI refused": "activate FCI in Desk, and see that no other program holds the robot",
    "Connection timeout": "see that the cable is in the control (not the arm), this computer in the same "
    "network, and the arm powered",
    "Incompatible library version": "install the pylibfranka that goes with the robot's system version",
    "realtime capabilities": "boot the PREEMPT_RT kernel; libfranka.realtime: ignore is for simulated robots",
    "unable to set realtime scheduling": "add this user to the group `realtime`, and log in again",
    "communication_constraints_violation": "the 1 kHz loop was late: close other programs, switch power "
    "saving off, use no network switch",
    "controller_torque_discontinuity": "lower libfranka.impedance's stiffness",
    "_reflex": "the arm has touched something: clear its way, then call robot/recover",
    "User stopped": "release the external activation device (the stop button), then call robot/recover",
    "in the current mode": "unlock the joints in Desk, release the stop button, then call robot/recover",
    "UDP receive": "the control was switched off, or the cable pulled; then start this node again",
}


def explain(error: BaseException, address: str) -> str:
    """Returns a sentence with the robot's address, libfranka's message, and advice if there is any."""
    said = str(error).removeprefix("libfranka: ").rstrip(". ")
    advice = [hint for words, hint in HINTS.items() if words.lower() in said.lower()]
    return f"robot {address}: {'; '.join([said, *advice])}"


def library() -> ModuleType:
    """Returns the module pylibfranka.

    Raises:
        ArmError: pylibfranka isn't installed.
    """
    try:
        import pylibfranka
    except ImportError as error:
        raise ArmError(f"no pylibfranka ({error}): pip install -e '.[franka]' in the checkout") from error
    return pylibfranka


def failures() -> tuple[type[Exception], ...]:
    """Returns the exceptions of libfranka's calls; most of its errors aren't FrankaExceptions in Python."""
    return RuntimeError, library().FrankaException
