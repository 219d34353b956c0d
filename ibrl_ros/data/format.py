"""Format: the base class of file formats in which episodes are given to and taken from other programs."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import ClassVar

from ibrl_ros.data.episode import Episode


class FormatError(ValueError):
    """Files that don't hold what the format promises: which file, and what is wrong."""


class Format(ABC):
    """Episodes in files of another kind than a run's own.

    A format is a class in a file of `data/formats`, registered under the name that `ibrl export --format`
    takes; or one in a package of your own, as `--format package.module:Class`. It holds nothing.

    Attributes:
        suffix: of its files' names, with the dot.
    """

    suffix: ClassVar[str]

    @abstractmethod
    def write(self, episodes: Iterable[Episode], path: Path) -> None:
        """Write episodes to a file, or into a folder, that isn't there yet.

        Raises:
            OSError: it can't be written.
            FormatError: the format can't hold such episodes.
        """

    @abstractmethod
    def read(self, path: Path) -> Iterator[Episode]:
        """The episodes of a file or folder, one after the other.

        Raises:
            FormatError: a file that isn't of this format, or damaged.
        """

    def files(self, path: Path) -> list[Path]:
        """The path itself if it is a file, else all files of the format in the folder, in order.

        Raises:
            FormatError: there is none.
        """
        found = [path] if path.is_file() else sorted(path.glob(f"*{self.suffix}"))
        if not found:
            raise FormatError(f"{path}: there is no such file, nor a folder with *{self.suffix} in it")
        return found
