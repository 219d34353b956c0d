"""V4l2Camera over OpenCV's own capture, of a film where there is no camera."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import cv2
import pytest
from films import FRAMES, HEIGHT, RATE_HZ, WIDTH, frame_index, write_film

from ibrl_ros.cameras.camera import CameraError, NoFrame
from ibrl_ros.cameras.frame import Stream
from ibrl_ros.cameras.kinds.v4l2 import V4l2Camera, V4l2Config


@pytest.fixture
def film(tmp_path: Path) -> Path:
    return write_film(tmp_path / "video0.avi")


def make(path: Path, **settings: object) -> V4l2Camera:
    mode = {"width": WIDTH, "height": HEIGHT, "rate_hz": RATE_HZ, **settings}
    return V4l2Camera(V4l2Config(kind="v4l2", device=str(path), **mode), capture=cv2.VideoCapture)


def test_it_gives_rgb_frames_with_the_driver_s_times(film: Path) -> None:
    source = make(film)
    assert source.open() == Stream(str(film), WIDTH, HEIGHT, RATE_HZ)
    seen = [source.read(0.1) for _ in range(5)]
    source.close()
    assert [frame_index(frame.image) for frame in seen] == list(range(5))
    assert [frame.device_s for frame in seen[1:]] == pytest.approx([n / RATE_HZ for n in range(1, 5)])


def test_another_mode_says_what_the_device_answered(film: Path) -> None:
    with pytest.raises(CameraError) as refused:
        make(film, width=1280).open()
    assert refused.value.name == "unsupported"
    said = str(refused.value)
    assert f"asked for 1280x{HEIGHT} at 30 Hz in MJPG and offers {WIDTH}x{HEIGHT} at 30 Hz" in said
    assert f"v4l2-ctl --list-formats-ext -d {film}" in said


@pytest.mark.parametrize("setting", [{"exposure_us": 10_000}, {"gain": 4}, {"white_balance_k": 4600}])
def test_a_setting_that_the_device_does_not_take_is_named(film: Path, setting: dict[str, int]) -> None:
    (name, value), *_ = setting.items()
    with pytest.raises(CameraError, match=f"doesn't take {name} = {value}: .*v4l2-ctl -L") as refused:
        make(film, **setting).open()
    assert refused.value.name == "unsupported"


class Webcam:
    """A film with a webcam's controls, which brings values into their range silently, as UVC drivers do."""

    RANGES: ClassVar = {
        cv2.CAP_PROP_EXPOSURE: (3, 2047),
        cv2.CAP_PROP_GAIN: (0, 255),
        cv2.CAP_PROP_WB_TEMPERATURE: (2800, 6500),
        cv2.CAP_PROP_AUTO_EXPOSURE: (1, 3),
        cv2.CAP_PROP_AUTO_WB: (0, 1),
    }

    def __init__(self, path: str) -> None:
        self._film = cv2.VideoCapture(path)
        self.controls: dict[int, float] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._film, name)

    def set(self, control: int, value: float) -> bool:
        if control not in self.RANGES:
            return self._film.set(control, value)
        low, high = self.RANGES[control]
        self.controls[control] = min(max(value, low), high)
        return True

    def get(self, control: int) -> float:
        return self.controls[control] if control in self.RANGES else self._film.get(control)


def webcam(film: Path, **settings: object) -> tuple[V4l2Camera, list[Webcam]]:
    """A source, and the devices that it opens."""
    opened: list[Webcam] = []

    def capture(path: str) -> Any:
        opened.append(Webcam(path))
        return opened[-1]

    mode = {"width": WIDTH, "height": HEIGHT, "rate_hz": RATE_HZ, **settings}
    return V4l2Camera(V4l2Config(kind="v4l2", device=str(film), **mode), capture), opened


def test_exposure_gain_and_white_balance_are_set(film: Path) -> None:
    source, opened = webcam(film, exposure_us=10_000, gain=4, white_balance_k=4600)
    source.open()
    assert opened[0].controls == {
        cv2.CAP_PROP_AUTO_EXPOSURE: 1,
        cv2.CAP_PROP_EXPOSURE: 100,
        cv2.CAP_PROP_GAIN: 4,
        cv2.CAP_PROP_AUTO_WB: 0,
        cv2.CAP_PROP_WB_TEMPERATURE: 4600,
    }


def test_without_values_the_device_is_automatic(film: Path) -> None:
    source, opened = webcam(film)
    source.open()
    assert opened[0].controls == {cv2.CAP_PROP_AUTO_EXPOSURE: 3, cv2.CAP_PROP_AUTO_WB: 1}


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"white_balance_k": 9000}, "doesn't take white_balance_k = 9000 and made 6500 of it: .*v4l2-ctl -L"),
        ({"exposure_us": 100}, "doesn't take exposure_us = 100 and made 300 of it"),
        ({"gain": 900}, "doesn't take gain = 900 and made 255 of it"),
    ],
)
def test_a_value_that_the_device_changed_is_refused(film: Path, settings: dict[str, int], said: str) -> None:
    source, _ = webcam(film, **settings)
    with pytest.raises(CameraError, match=said) as refused:
        source.open()
    assert refused.value.name == "unsupported"


def test_silence_is_no_frame_and_a_missing_device_is_lost(film: Path) -> None:
    source = make(film)
    source.open()
    for _ in range(FRAMES):
        source.read(0.01)
    with pytest.raises(NoFrame):
        source.read(0.01)
    film.unlink()
    with pytest.raises(CameraError, match="was unplugged") as lost:
        source.read(0.01)
    assert lost.value.name == "lost"
    source.close()


def test_an_absent_device_lists_those_that_are_there(tmp_path: Path) -> None:
    with pytest.raises(CameraError, match=r"video9 isn't there; video devices that are: ") as absent:
        V4l2Camera(V4l2Config(kind="v4l2", device=str(tmp_path / "video9"))).open()
    assert absent.value.name == "absent"


def test_what_can_t_be_opened_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "video0"
    path.touch()
    with pytest.raises(CameraError, match="another program uses it, or you aren't in the group video"):
        V4l2Camera(V4l2Config(kind="v4l2", device=str(path))).open()
