"""The action that runs a process."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ros2_lite.child import OUTPUTS, Child
from ros2_lite.missing import NotInStandInError

from ..action import Action
from ..event_handlers import OnExit, OnProcessExit
from ..events.process import ProcessExited
from ..launch_context import LaunchContext
from ..substitution import perform
from ..substitutions import LaunchConfiguration


class ExecuteProcess(Action):
    """Runs a process.

    Args:
        cmd: Program and arguments, each a text, a substitution, or a list of these to concatenate.
        name: Instead of the program's name, in its lines.
        cwd: Its working directory.
        env: Its whole environment, instead of the launcher's.
        additional_env: Added to that.
        shell: Run the joined `cmd` with a shell.
        emulate_tty: Give it a pseudo-terminal for output.
        output: `screen`, `log` (stderr on the screen, everything in launch.log) or `both`.
        on_exit: Entities to visit when it ends, or a function of (event, context) that returns them.
        sigterm_timeout: Seconds from SIGINT to SIGTERM; by default the configuration of that name, or 5.
        sigkill_timeout: Seconds from SIGTERM to SIGKILL; likewise.
        options: Those of Action.
    """

    def __init__(
        self,
        *,
        cmd: Iterable[Any],
        name: Any = None,
        cwd: Any = None,
        env: Mapping[Any, Any] | None = None,
        additional_env: Mapping[Any, Any] | None = None,
        shell: bool = False,
        emulate_tty: bool = False,
        output: Any = "log",
        on_exit: OnExit = None,
        sigterm_timeout: Any = None,
        sigkill_timeout: Any = None,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self._cmd = list(cmd)
        self._name, self._cwd, self._env, self._additional_env = name, cwd, env, additional_env
        self._shell, self._emulate_tty, self._output = shell, emulate_tty, output
        self._on_exit = on_exit
        self._timeouts = {"sigterm_timeout": sigterm_timeout, "sigkill_timeout": sigkill_timeout}
        self._executed = False

    def execute(self, context: LaunchContext) -> None:
        """Have the process started once everything before and after it has been visited without an error.

        Raises:
            RuntimeError: This very action was executed before.
        """
        if self._executed:
            raise RuntimeError(f"ExecuteProcess action {self._cmd}: executed more than once")
        self._executed = True
        context.event_handlers.append(OnProcessExit(target_action=self, on_exit=self._on_exit))
        child = self._make_child(context)
        context.children.append(child)
        context.post(lambda: self._start(child, context))

    def expand_command(self, context: LaunchContext) -> list[str]:
        """The program and its arguments as texts."""
        return [perform(context, part) for part in self._cmd]

    def _make_child(self, context: LaunchContext) -> Child:
        cmd = self.expand_command(context)
        name = Path(cmd[0].split()[0]).name if self._name is None else perform(context, self._name)
        child = Child(
            name=f"{name}-{context.next_process_number()}",
            cmd=" ".join(cmd) if self._shell else cmd,
            env=self._environment(context),
            cwd=None if self._cwd is None else perform(context, self._cwd),
            shell=self._shell,
            emulate_tty=self._emulate_tty,
            output=self._output_mode(context),
            **{name: _timeout_s(context, name, given) for name, given in self._timeouts.items()},
            post=context.post,
            on_exit=lambda code: self._exited(child, code, context),
        )
        return child

    def _environment(self, context: LaunchContext) -> dict[str, str]:
        base = context.environment if self._env is None else self._env
        merged = {**base, **(self._additional_env or {})}
        return {perform(context, key): perform(context, value) for key, value in merged.items()}

    def _output_mode(self, context: LaunchContext) -> str:
        if isinstance(self._output, Mapping):
            raise NotInStandInError("output as a dictionary")
        mode = os.environ.get("OVERRIDE_LAUNCH_PROCESS_OUTPUT") or perform(context, self._output)
        if mode not in OUTPUTS:
            raise NotInStandInError(f"output='{mode}'")
        return mode

    def _start(self, child: Child, context: LaunchContext) -> None:
        if context.is_shutdown:
            context.children.remove(child)
        else:
            child.start()

    def _exited(self, child: Child, code: int | None, context: LaunchContext) -> None:
        context.children.remove(child)
        context.emit_process_exited(ProcessExited(action=self, process_name=child.name, returncode=code))


def _timeout_s(context: LaunchContext, name: str, given: Any) -> float:
    return float(perform(context, LaunchConfiguration(name, default=5) if given is None else given))
