"""Checks of a setting's value, which raise ValueError with the fault as text."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

Check = Callable[[str], object]

#: Part of the name of a topic, a service or a node.
ROS_NAME = r"[A-Za-z_][A-Za-z0-9_]*"
#: A number that isn't negative, as Python and YAML write it.
NUMBER = r"(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?"
#: Longest name of a part of a topic or node, and longest namespace; DDS allows 255 characters for a topic.
LONGEST_NAME = 80
#: What may run on a machine of its own.
PARTS = ("robot", "policy", "learner")
ALL = "all"
#: Why a checkpoint stays, with the least number.
KEPT = {"last": 1, "best": 0, "every": 0}


def whole_number(least: int, most: int = 10**9) -> Check:
    """Returns a check for whole numbers from `least` to `most`."""

    def check(text: str) -> None:
        whole = re.fullmatch(r"0|[1-9][0-9]*", text, re.ASCII)
        if whole and len(text) > len(str(most)):  # Python converts no number of thousands of digits
            raise ValueError(f"expected a whole number, {most} at most")
        if not whole or int(text) < least:
            raise ValueError(f"expected a whole number, {least} or more")
        if int(text) > most:
            raise ValueError(f"expected a whole number, {most} at most")

    return check


def number(most: float) -> Check:
    """Returns a check for numbers from 0 to `most`."""

    def check(text: str) -> None:
        if not re.fullmatch(NUMBER, text, re.ASCII):
            raise ValueError("expected a number, 0 or more")
        if float(text) > most:
            raise ValueError(f"expected a number, {most:g} at most")

    return check


def ros_name(text: str) -> None:
    """Check that a text can be a part of a topic's or node's name."""
    if not re.fullmatch(ROS_NAME, text, re.ASCII):
        raise ValueError(f"{text!r} is no name for ROS: letters, digits and _ are, a letter first")
    _check_length(text)


def namespace(text: str) -> None:
    """Lets namespaces pass: names with slashes between, or none at all."""
    if not re.fullmatch(rf"(/?{ROS_NAME}(/{ROS_NAME})*)?", text, re.ASCII):
        raise ValueError(f"{text!r} is no namespace for ROS: a name as left, or several as lab/left")
    _check_length(text)


def _check_length(text: str) -> None:
    if len(text) > LONGEST_NAME:
        raise ValueError(f"expected a name of {LONGEST_NAME} characters at most, this one has {len(text)}")


def parts(text: str) -> frozenset[str]:
    """The parts that start here: those of PARTS that are named, or all of them.

    Raises:
        ValueError: there is no such part.
    """
    words = [word.strip() for word in text.split(",")]
    for word in words:
        if word not in (ALL, *PARTS):
            known = ", ".join((ALL, *PARTS))
            raise ValueError(f"there is no part {word!r}; known: {known}, or several with commas between")
    return frozenset(PARTS if ALL in words else words)


def keeping(text: str) -> dict[str, int]:
    """Returns how many checkpoints stay, by reason, of `last=2,best=1,every=0`; a reason may be left out.

    Raises:
        ValueError: the text has another form, or an unknown reason; or no newest one would stay.
    """
    found = {}
    for word in text.split(","):
        reason, _, count = word.partition("=")
        if reason not in KEPT or reason in found:
            raise ValueError(f"expected {', '.join(f'{one}=NUMBER' for one in KEPT)}, each once at most")
        try:
            whole_number(KEPT[reason])(count)
        except ValueError as error:
            raise ValueError(f"{word}: {error}") from None
        found[reason] = int(count)
    return found


def checkpoint(text: str) -> None:
    """Check that a text names a checkpoint: last, best, or a number."""
    if text not in ("last", "best") and not re.fullmatch(r"0*[1-9][0-9]{0,8}", text, re.ASCII):
        raise ValueError("expected last, best, or a checkpoint's number, as `ibrl checkpoint list` shows it")


def folder(text: str) -> None:
    """Check that a text is the path of a folder, or of one that can be made."""
    if not text.strip() or not text.isprintable():
        raise ValueError("expected the path of a folder")
    try:
        path = Path(text).expanduser()
        file = path.exists() and not path.is_dir()
    except (RuntimeError, OSError) as error:  # no such user, a name that is too long
        raise ValueError(
            f"expected the path of a folder: {getattr(error, 'strerror', None) or error}"
        ) from error
    if file:
        raise ValueError("this is a file, expected a folder")


def configuration(kind: str) -> Check:
    """Returns a check for names and paths of valid configurations of this kind."""

    def check(name: str) -> None:
        try:
            from ibrl_ros.config import loader
            from ibrl_ros.strict_model import AnyKeys
        except ImportError:  # the `ros2` command's Python may lack it; the nodes check again
            return

        loaders = {
            "task": loader.load_task,
            "robot": loader.load_robot,
            "camera": loader.load_camera,
            "teleop": loader.load_teleop,
        }
        if kind in loaders:
            loaders[kind](name)
        else:  # an agent's own model would import PyTorch
            loader.load(f"{kind}s", name, AnyKeys)

    return check


def device(name: str) -> None:
    """Check that a text names a teleoperation device, as a name or `module:Class`, or is `none`."""
    if name == "none":
        return
    try:
        import pydantic  # noqa: F401

        from ibrl_ros.registers import DEVICES

        DEVICES.find(name)
    except ImportError:  # as in `configuration`
        return


def machine_device(name: str) -> None:
    """Check that a text is `auto`, `cpu` or a GPU of this machine."""
    if name in ("auto", "cpu"):  # known without PyTorch, which takes seconds to load
        return
    try:
        from ibrl_ros.rl.device import find_device
    except ImportError:  # as in `configuration`
        return
    find_device(name)


def cameras(text: str) -> dict[str, str]:
    """Returns the configuration of each camera, by name, of `name=config,name=config`; empty for `none`.

    Raises:
        ValueError: the text has another form, a name twice, or an invalid name.
    """
    pairs = [one.split("=", 1) for one in text.split(",")] if text != "none" else []
    if any(len(pair) != 2 or not all(pair) for pair in pairs):
        raise ValueError("expected name=config,name=config ... or none")
    found = {name: config for name, config in pairs}
    if len(found) < len(pairs):
        raise ValueError("expected each name once")
    for name in found:
        ros_name(name)
    return found
