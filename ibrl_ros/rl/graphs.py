"""Calls of pure functions: draws are made before, in one block, and a GPU replays them from a CUDA graph.

A function is pure here if its result depends on weights, the tensors given and draws alone, if it reads no
number from the device, and if what it draws depends on the shapes of the tensors alone. It may change
weights. Never run on a GPU so far: tests replay with a recorder of their own, which calls the function again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Hashable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import torch
from torch import Tensor

from ibrl_ros.rl.draws import Draw, Draws

WARM_UPS = 3
"""Calls before a recording, in which cuBLAS, cuDNN and Adam make what they keep; as PyTorch advises."""

T = TypeVar("T")

logger = logging.getLogger(__name__)


class Recorder(Protocol):
    """Records what a call does, to repeat it."""

    def aside(self) -> AbstractContextManager[None]:
        """Context of the calls before the recording."""

    def record(self, call: Callable[[], T]) -> Callable[[], T]:
        """Record a call, which reads and writes the same memory each time; returns what repeats it."""


class CudaGraphs:
    """Recorder of CUDA graphs. Warm-ups and recordings are on a stream of their own, as PyTorch demands."""

    def __init__(self, device: torch.device) -> None:
        self._stream = torch.cuda.Stream(device)

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Run on the other stream; each stream waits for what the other was given before."""
        current = torch.cuda.current_stream(self._stream.device)
        self._stream.wait_stream(current)
        with torch.cuda.stream(self._stream):
            yield
        current.wait_stream(self._stream)

    def record(self, call: Callable[[], T]) -> Callable[[], T]:
        """Record a call without running it.

        Raises:
            RuntimeError: it does what a graph can't hold, for example it reads a number.
        """
        graph = torch.cuda.CUDAGraph()
        # The outer context brings the former stream back also where the end of a failed recording raises.
        with torch.cuda.stream(self._stream), torch.cuda.graph(graph, stream=self._stream):
            result = call()

        def replay() -> T:
            graph.replay()
            return result

        return replay


def find_recorder(device: torch.device) -> Recorder | None:
    """Returns the recorder for a device; None where there are no graphs."""
    return CudaGraphs(device) if device.type == "cuda" else None


@dataclass
class _Known:
    """What is known of a function with tensors of certain shapes."""

    asked: list[Draw]
    warm_ups_left: int
    static: Any = None  # the tensors that a recording reads, the block of draws last
    replay: Callable[[], Any] | None = None


class Calls:
    """Calls pure functions.

    The first call with tensors of certain shapes makes draws one by one, and notes what was asked for. In
    later calls they are made ahead, in one block that is copied to the device once. With a recorder the
    function is recorded after its first calls, and then repeated with other numbers in the same memory. Where
    that fails, it is called as without a recorder, and the log says why, once.

    Attributes:
        recorder: how functions are recorded; None: they are called.
    """

    def __init__(self, recorder: Recorder | None) -> None:
        self.recorder = recorder
        self._known: dict[Hashable, _Known] = {}

    def __call__(
        self, name: str, function: Callable[..., T], draws: Draws, *inputs: Any, repeatable: bool = False
    ) -> T:
        """Call a function with tensors, or dictionaries and tuples of them, or None.

        Args:
            name: name of the function.
            function: a pure function of the inputs.
            draws: where its random numbers come from.
            inputs: its arguments.
            repeatable: it changes nothing, so it is recorded in its first call; otherwise the first calls are
                the warm-ups, and each of them counts.

        Returns:
            Its result, in memory of its own.
        """
        key = (name, *(tuple(one.shape) if isinstance(one, Tensor) else one for one in _leaves(inputs)))
        known = self._known.get(key)
        if known is None:
            with draws.noted() as asked, self._aside():
                result = function(*inputs)
            self._known[key] = known = _Known(asked, 0 if repeatable else WARM_UPS - 1)
            if repeatable and self.recorder is not None:
                self._record(known, function, draws, inputs, rehearsals=WARM_UPS)
            return result
        block = draws.ahead(known.asked)
        if self.recorder is not None and known.warm_ups_left == 0 and known.replay is None:
            self._record(known, function, draws, inputs, rehearsals=0)
        if self.recorder is not None and known.replay is not None:
            given = [one for one in _leaves((inputs, block)) if one is not None]
            for memory, numbers in zip(known.static, given, strict=True):
                memory.copy_(numbers, non_blocking=True)
            return _mapped(torch.clone, known.replay())
        known.warm_ups_left -= known.warm_ups_left > 0
        with draws.served(known.asked, block.to(draws.device, non_blocking=True)), self._aside():
            return function(*inputs)

    def forget(self) -> None:
        """Forget all recordings, as the memory that they read isn't used any more."""
        self._known.clear()

    @contextmanager
    def _aside(self) -> Iterator[None]:
        if self.recorder is None:
            yield
            return
        with self.recorder.aside():
            yield

    def _record(
        self, known: _Known, function: Callable[..., Any], draws: Draws, inputs: Any, rehearsals: int
    ) -> None:
        assert self.recorder is not None
        with torch.inference_mode(False):  # memory that may be written in any mode
            memory = _mapped(torch.clone, inputs)
            block = torch.zeros_like(draws.blank(known.asked), device=draws.device)

        def call() -> Any:
            with draws.served(known.asked, block):
                return function(*memory)

        try:
            with self.recorder.aside():
                for _ in range(rehearsals):
                    call()
            known.replay = self.recorder.record(call)
        except RuntimeError as error:  # of CUDA; the function hasn't run, and is called from now on
            self.recorder = None
            logger.warning(f"no CUDA graphs on {draws.device}, learning and acting go on without: {error}")
            return
        known.static = [one for one in _leaves((memory, block)) if one is not None]


def _leaves(tree: Any) -> Iterator[Any]:
    """The tensors, and whatever else isn't a dictionary or tuple, in order."""
    if isinstance(tree, dict):
        tree = tuple(tree.values())
    if isinstance(tree, tuple):
        for part in tree:
            yield from _leaves(part)
    else:
        yield tree


def _mapped(change: Callable[[Tensor], Tensor], tree: Any) -> Any:
    """The same dictionaries and tuples of changed tensors."""
    if isinstance(tree, Tensor):
        return change(tree)
    if isinstance(tree, dict):
        return {key: _mapped(change, value) for key, value in tree.items()}
    if isinstance(tree, tuple):
        parts = (_mapped(change, part) for part in tree)
        return type(tree)(*parts) if hasattr(tree, "_fields") else tuple(parts)
    return tree
