"""What a test tells a process of the lab, and what it answers: a line of JSON each, on stdin and stdout."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

PATIENCE_S = 60.0


class Orders:
    """Carries out what is said on stdin, in a thread of its own; at its end the process ends."""

    def __init__(self, handlers: Mapping[str, Callable[..., Any]]) -> None:
        """Begin to listen.

        Args:
            handlers: what to call, by the name of the order; what they return is the answer.
        """
        self._handlers = handlers
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        for line in sys.stdin:
            name, values = json.loads(line)
            try:
                answer = {"answer": self._handlers[name](**values)}
            except Exception as error:  # whatever it is, the test must see it
                answer = {"error": f"{type(error).__name__}: {error}"}
            print(json.dumps(answer), flush=True)
        os._exit(0)


class Ordered:
    """A process that takes orders."""

    def __init__(self, script: Path, log: Path, *words: str) -> None:
        """Start it and wait until it says that it is there.

        Args:
            script: Python file.
            log: where its stderr goes.
            words: its arguments.
        """
        self._log = log
        with log.open("wb") as errors:
            self.process = subprocess.Popen(
                [sys.executable, str(script), *words],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                bufsize=1,
                start_new_session=True,
            )
        self._lock = threading.Lock()
        assert self._line() == {"answer": "ready"}

    def __call__(self, name: str, **values: object) -> Any:
        """Give an order; its answer."""
        with self._lock:
            assert self.process.stdin is not None
            self.process.stdin.write(json.dumps([name, values]) + "\n")
            self.process.stdin.flush()
            answer = self._line()
        assert "error" not in answer, f"{name}: {answer['error']}"
        return answer["answer"]

    def _line(self) -> dict[str, Any]:
        out = self.process.stdout
        assert out is not None
        deadline = time.monotonic() + PATIENCE_S
        while not select.select([out], [], [], 0.2)[0]:
            assert time.monotonic() < deadline and self.process.poll() is None, self.log
        line = out.readline()
        assert line, self.log
        return json.loads(line)

    @property
    def log(self) -> str:
        """What it wrote to stderr."""
        return self._log.read_text(errors="replace")

    def end(self) -> None:
        """Close its stdin, by which it ends."""
        if self.process.stdin is not None:
            self.process.stdin.close()
        try:
            self.process.wait(10.0)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        if self.process.stdout is not None:
            self.process.stdout.close()
