"""Feed on the SDK's software device: what is said of it, and that it always comes back."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import pytest
from software_camera import SERIAL, SoftwareCamera

from ibrl_ros.cameras.camera import CameraError
from ibrl_ros.cameras.feed import Feed, FeedState
from ibrl_ros.cameras.frame import Frame, Stream
from ibrl_ros.cameras.kinds.realsense import RealSenseCamera, RealSenseConfig

PATIENCE_S = 30.0


class Watched:
    """A feed of a software camera, and what it has given."""

    def __init__(self) -> None:
        self.camera = SoftwareCamera()
        self.streams: list[Stream] = []
        self.frames: list[Frame] = []
        source = RealSenseCamera(RealSenseConfig(kind="realsense", serial=SERIAL), self.camera.context)
        self.feed = Feed(source, self.streams.append, self.frames.append)
        self.feed.start()

    def until(self, name: str) -> FeedState:
        return until(self.feed, lambda state: state.name == name)


def until(feed: Feed, holds: Callable[[FeedState], bool]) -> FeedState:
    deadline = time.monotonic() + PATIENCE_S
    while not holds(feed.state()):
        assert time.monotonic() < deadline, f"it is still {feed.state()}"
        time.sleep(0.01)
    return feed.state()


@pytest.fixture
def watched() -> Iterator[Watched]:
    made = Watched()
    yield made
    made.feed.close()
    made.camera.close()


def test_it_streams_as_soon_as_the_camera_is_there(watched: Watched) -> None:
    assert f"RealSense {SERIAL} isn't plugged in" in watched.until("absent").text
    watched.camera.plug()
    watched.camera.go()
    assert watched.until("streaming").text == "Intel RealSense D435I, 640x480 at 30 Hz"
    assert len(watched.streams) == 1 and watched.frames


def test_a_stall_is_named_and_ends_with_the_next_frame(watched: Watched) -> None:
    watched.camera.plug()
    watched.camera.go()
    watched.until("streaming")
    watched.camera.halt()
    assert "no frame for" in watched.until("stalled").text
    watched.camera.go()
    watched.until("streaming")


def test_a_camera_that_was_pulled_out_comes_back(watched: Watched) -> None:
    for times in range(1, 3):
        watched.camera.plug()
        watched.camera.go()
        watched.until("streaming")
        assert len(watched.streams) == times
        watched.camera.unplug()
        watched.until("absent")


class Stuck:
    """A driver that doesn't return from `read` after its first frame, until it is let go."""

    def __init__(self, frame: Frame) -> None:
        self.let_go = threading.Event()
        self._frames = [frame]

    def open(self) -> Stream:
        return Stream("stuck", 1, 1, 30)

    def read(self, timeout_s: float) -> Frame:
        if not self._frames:
            self.let_go.wait(PATIENCE_S)
            raise CameraError("lost", "it let go")
        return self._frames.pop()

    def close(self) -> None:
        pass


def test_a_driver_that_hangs_is_named_and_keeps_nothing_from_ending() -> None:
    import numpy as np

    source = Stuck(Frame(np.zeros((1, 1, 3), np.uint8), 0.0, "host"))
    feed = Feed(source, lambda stream: None, lambda frame: None)
    feed.start()
    until(feed, lambda state: state.name == "stalled")
    feed.close()
    source.let_go.set()


def test_what_the_receiver_refuses_is_the_state(watched: Watched) -> None:
    def refuse(stream: Stream) -> None:
        raise CameraError("unsupported", "too small")

    source = RealSenseCamera(RealSenseConfig(kind="realsense", serial=SERIAL), watched.camera.context)
    watched.feed.close()
    watched.camera.plug()
    feed = Feed(source, refuse, lambda frame: None)
    feed.start()
    assert until(feed, lambda state: state.name != "opening") == FeedState("unsupported", "too small")
    feed.close()


def test_a_fault_of_ours_is_not_kept_quiet(watched: Watched) -> None:
    watched.feed.close()
    watched.camera.plug()
    source = RealSenseCamera(RealSenseConfig(kind="realsense", serial=SERIAL), watched.camera.context)
    feed = Feed(source, lambda stream: [][0], lambda frame: None)
    feed.start()
    with pytest.raises(IndexError):
        until(feed, lambda state: False)
    feed.close()
