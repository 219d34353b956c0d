"""Reads a camera in a thread, opens it again after each failure, and reports its state."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from ibrl_ros.cameras.camera import Camera, CameraError, NoFrame
from ibrl_ros.cameras.frame import Frame, Stream

READ_S = 0.1
#: Without a frame for this time, s, the camera counts as stalled; after REOPEN_AFTER_S it is opened again.
STALLED_AFTER_S, REOPEN_AFTER_S = 0.3, 1.0
#: Time between two attempts to open the camera, s.
RETRY_S = 0.5
#: How long `close` waits for a driver that doesn't return.
PATIENCE_S = 1.0

STREAMING, OPENING, STALLED = "streaming", "opening", "stalled"


@dataclass(frozen=True)
class FeedState:
    """State of a camera.

    Attributes:
        name: streaming, opening, stalled, or the name of a CameraError.
        text: description for people.
    """

    name: str
    text: str


class Feed:
    """A thread that reads frames of a camera, and opens the camera again after each failure.

    `opened` is called with each new stream and `received` with each frame, both on the feed's thread. Both
    may raise a CameraError, which counts as a failure of the camera. The state depends on when frames
    arrived, so it is correct even while a driver call blocks.
    """

    def __init__(
        self, camera: Camera, opened: Callable[[Stream], None], received: Callable[[Frame], None]
    ) -> None:
        self._camera, self._opened, self._received = camera, opened, received
        self._stop = threading.Event()
        # A daemon: a driver that never returns must not keep the process from ending.
        self._thread = threading.Thread(target=self._run, name="camera", daemon=True)
        self._text = "not opened yet"
        self._frame_at = 0.0  # of the last frame; 0 before the first
        self._failure: CameraError | None = None  # until the next frame
        self._fault: Exception | None = None

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def close(self) -> None:
        """Stop the thread and release the device, if the driver returns in time."""
        self._stop.set()
        self._thread.join(PATIENCE_S)

    def state(self) -> FeedState:
        """State of the camera.

        Raises:
            Exception: the error that ended the thread, a fault of this program.
        """
        if self._fault is not None:
            raise self._fault
        if self._failure is not None:
            return FeedState(self._failure.name, str(self._failure))
        if not self._frame_at:
            return FeedState(OPENING, self._text)
        if time.monotonic() - self._frame_at > STALLED_AFTER_S:
            return FeedState(STALLED, f"no frame for {STALLED_AFTER_S} s from {self._text}")
        return FeedState(STREAMING, self._text)

    def _run(self) -> None:
        try:
            while not self._stop.is_set():
                try:
                    self._read()
                except CameraError as error:
                    self._failure = error
                finally:
                    self._camera.close()
                self._stop.wait(RETRY_S)
        except Exception as fault:
            self._fault = fault

    def _read(self) -> None:
        """Open the camera, and read until it fails or the feed is closed."""
        stream = self._camera.open()
        self._opened(stream)
        at_rate = "" if stream.rate_hz is None else f" at {stream.rate_hz:g} Hz"
        self._text = f"{stream.device}, {stream.width}x{stream.height}{at_rate}"
        waiting_since = time.monotonic()
        while not self._stop.is_set():
            try:
                frame = self._camera.read(READ_S)
            except NoFrame:
                if time.monotonic() - waiting_since > REOPEN_AFTER_S:
                    raise CameraError(STALLED, f"no frame for {REOPEN_AFTER_S} s from {self._text}") from None
                continue
            self._received(frame)
            self._frame_at = waiting_since = time.monotonic()
            self._failure = None
