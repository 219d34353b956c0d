"""Types of command line options, and their parser: what can't be used is refused with the reason."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from ibrl_ros.ros import setting_checks
from ibrl_ros.ros.launch_arguments import meant
from ibrl_ros.ros.setting_checks import Check
from ibrl_ros.ros.settings import LOADED, SETTINGS

if TYPE_CHECKING:
    from ibrl_ros.data.format import Format

Value = TypeVar("Value")


class CommandParser(argparse.ArgumentParser):
    """Parser of a subcommand; an unknown option is refused with the option that is most like it."""

    def parse_known_args(self, args=None, namespace=None):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
        """Returns the arguments; exits if any is unknown."""
        parsed, others = super().parse_known_args(args, namespace)
        if others:
            option = others[0].partition("=")[0]
            self.error(f"{option}: unknown option; {meant(option, self._option_string_actions)}")
        return parsed, others


def add_setting(parser: argparse.ArgumentParser, option: str, name: str, **other: Any) -> None:
    """Declare an option that stands for a setting of the table: its default, type, check and help.

    Args:
        parser: takes the option.
        option: as it is typed: "--run".
        name: of the setting: "run_dir".
        other: of add_argument, instead of what the table says.
    """
    kept: dict[str, Any] = {"default": SETTINGS[name].default, "help": SETTINGS[name].description}
    if name not in LOADED:
        kept["type"] = setting(name)
    parser.add_argument(option, **{**kept, **other})


def whole_number(least: int, most: int = 10**9) -> Callable[[str], int]:
    """The type of whole numbers from `least` to `most`."""
    return _checked(setting_checks.whole_number(least, most), int)


def number(most: float) -> Callable[[str], float]:
    """The type of numbers from 0 to `most`."""
    return _checked(setting_checks.number(most), float)


def setting(name: str) -> Callable[[str], Any]:
    """The type of a setting's values."""

    def check(text: str) -> None:
        if fault := SETTINGS[name].fault(text):
            raise ValueError(fault)

    return _checked(check, SETTINGS[name].kind)


def data_format(name: str) -> Format:
    """The format of a registered name, or of module:Class."""
    from ibrl_ros.registers import FORMATS

    try:
        made: Format = FORMATS.find(name)()
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    return made


def _checked(check: Check, kind: Callable[[str], Value]) -> Callable[[str], Value]:
    def convert(text: str) -> Value:
        try:
            check(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(f"{text}: {error}") from None
        return kind(text)

    return convert
