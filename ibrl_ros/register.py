"""Register: classes of one kind, found by name, or as `module:Class` in a package of the user's own."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import TypeVar

C = TypeVar("C", bound=type)


class Register:
    """The classes of one kind of extension.

    A class is registered where it stands, so a new one edits no list:

        @CAMERAS.register("v4l2")
        class V4l2Camera(Camera): ...

    Its configuration's model stands beside it, as the class attribute `Config`.

    Attributes:
        kind: of the classes, in words: "camera".
        package: whose modules hold those of this project; a module is imported when a name is looked for.
    """

    def __init__(self, kind: str, package: str, base: str) -> None:
        """Make an empty one.

        Args:
            kind: of the classes, in words.
            package: dotted name of the package whose modules hold the registered classes.
            base: `module:Class` that all of them derive from.
        """
        self.kind, self.package = kind, package
        self._base = base
        self._classes: dict[str, type] = {}

    def register(self, name: str) -> Callable[[C], C]:
        """A class decorator that makes the class known under a name.

        Raises:
            ValueError: another class has this name.
        """

        def known(cls: C) -> C:
            other = self._classes.setdefault(name, cls)
            if (other.__module__, other.__qualname__) != (cls.__module__, cls.__qualname__):
                raise ValueError(f"{self.kind} {name!r} is {other.__module__}:{other.__qualname__} already")
            return cls

        return known

    def find(self, name: str) -> type:
        """The class of a registered name, or of `module:Class`.

        Raises:
            ValueError: there is none, it can't be imported, or it isn't of this kind.
        """
        if ":" in name:
            return self._imported(name)
        if name not in self._classes:
            self._look_for(name)
        if name not in self._classes:
            raise ValueError(
                f"there is no {self.kind} {name!r}; known: {', '.join(self.names())}, or one of your own as "
                "'package.module:Class'"
            )
        return self._classes[name]

    def names(self) -> tuple[str, ...]:
        """All registered names, in order; those whose module needs a package that is missing are left out.

        Raises:
            ImportError: all of them need a package that is missing.
        """
        for module in self._modules():
            with suppress(ImportError):
                self._load(module)
        return tuple(sorted(self._classes))

    def described(self) -> Iterator[tuple[str, str]]:
        """Each name with the first line of its class's docstring."""
        for name in self.names():
            yield name, (inspect.getdoc(self._classes[name]) or "").partition("\n")[0]

    def _modules(self) -> list[str]:
        folder = importlib.import_module(self.package).__path__
        return [module.name for module in pkgutil.iter_modules(folder) if not module.ispkg]

    def _load(self, module: str) -> None:
        importlib.import_module(f"{self.package}.{module}")

    def _look_for(self, name: str) -> None:
        """Import the module of this name; where there is none, or it doesn't register the name, all."""
        try:
            if name in self._modules():
                self._load(name)
        except ModuleNotFoundError as error:
            raise ValueError(f"{self.kind} {name!r} needs {error.name}, which isn't installed") from error
        if name not in self._classes:
            self.names()

    def _imported(self, path: str) -> type:
        module, _, name = path.partition(":")
        try:
            found = getattr(importlib.import_module(module), name)
        except (Exception, SystemExit) as error:  # a person's module may raise anything
            raise ValueError(
                f"{self.kind} {path!r} can't be imported ({type(error).__name__}: {error}): write "
                "'package.module:Class', and put the package's folder on PYTHONPATH"
            ) from error
        base_module, _, base_name = self._base.partition(":")
        base = getattr(importlib.import_module(base_module), base_name)
        if not (isinstance(found, type) and issubclass(found, base)):
            raise ValueError(f"{self.kind} {path!r} is no subclass of {base_module}.{base_name}")
        if missing := sorted(getattr(found, "__abstractmethods__", ())):
            raise ValueError(f"{self.kind} {path!r} lacks the methods {', '.join(missing)}")
        return found
