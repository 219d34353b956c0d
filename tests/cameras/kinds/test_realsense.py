"""RealSenseCamera against the SDK's own software device, and recordings of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from software_camera import DEVICE_EPOCH_S, HEIGHT, MODES, RATE_HZ, SERIAL, WIDTH, SoftwareCamera

from ibrl_ros.cameras.camera import CameraError, NoFrame
from ibrl_ros.cameras.frame import Frame
from ibrl_ros.cameras.kinds.realsense import RealSenseCamera, RealSenseConfig

PATIENCE_S = 20.0
Open = Callable[..., RealSenseCamera]


@pytest.fixture(params=[False], ids=["colour"])
def camera(request: pytest.FixtureRequest) -> Iterator[SoftwareCamera]:
    made = SoftwareCamera(depth=request.param)
    made.plug()
    yield made
    made.close()


@pytest.fixture
def source(camera: SoftwareCamera) -> Iterator[Open]:
    made: list[RealSenseCamera] = []

    def make(**settings: object) -> RealSenseCamera:
        made.append(
            RealSenseCamera(
                RealSenseConfig(**{"kind": "realsense", "serial": SERIAL, **settings}), camera.context
            )
        )
        return made[-1]

    yield make
    for one in made:
        one.close()


def frames(source: RealSenseCamera, count: int) -> list[Frame]:
    return [source.read(PATIENCE_S) for _ in range(count)]


def test_it_gives_the_frames_of_the_device(camera: SoftwareCamera, source: Open) -> None:
    realsense = source()
    stream = realsense.open()
    assert (stream.device, stream.width, stream.height) == ("Intel RealSense D435I", WIDTH, HEIGHT)
    assert stream.rate_hz == RATE_HZ
    assert stream.about == {"serial": SERIAL, "usb": "3.2", "firmware": ""}
    camera.go()
    seen = frames(realsense, 10)
    numbers = [int(frame.image[0, 0, 0]) for frame in seen]
    assert numbers == sorted(set(numbers))
    for frame, number in zip(seen, numbers, strict=True):
        np.testing.assert_array_equal(frame.image, np.full((HEIGHT, WIDTH, 3), number, np.uint8), strict=True)
        assert (frame.stamped_by, frame.depth_mm) == ("device", None)
    times = [frame.device_s for frame in seen]
    assert times == sorted(set(times)) and times[0] >= DEVICE_EPOCH_S


def test_the_intrinsics_are_the_device_s(source: Open) -> None:
    found = source().open().intrinsics
    assert found is not None
    assert (found.width, found.height, found.model) == (WIDTH, HEIGHT, "plumb_bob")
    assert (found.fx, found.fy, found.cx, found.cy) == (610.0, 612.0, 321.5, 238.25)
    assert found.distortion == pytest.approx((0.1, -0.2, 0.01, 0.02, 0.05))


@pytest.mark.parametrize("camera", [True], indirect=True, ids=["depth"])
def test_depth_comes_with_its_colour(camera: SoftwareCamera, source: Open) -> None:
    realsense = source(depth=True)
    realsense.open()
    camera.go()
    frame = frames(realsense, 5)[-1]
    assert frame.depth_mm is not None
    assert (frame.depth_mm.dtype, frame.depth_mm.shape) == (np.uint16, (HEIGHT, WIDTH))
    # Within a frame or two of each other, because the SDK pairs them by time.
    assert abs(int(np.median(frame.depth_mm)) - 1000 - int(frame.image[0, 0, 0])) <= 2


def test_what_is_not_offered_lists_what_is(source: Open) -> None:
    with pytest.raises(CameraError) as refused:
        source(width=1920, height=1080).open()
    assert refused.value.name == "unsupported"
    assert f"RealSense {SERIAL} has no colour of 1920x1080 at 30 Hz (USB 3.2)" in str(refused.value)
    for width, height, rate_hz in MODES:
        assert f"{width}x{height} at {rate_hz}" in str(refused.value)


def test_depth_of_a_camera_without_it(source: Open) -> None:
    with pytest.raises(CameraError, match=r"no depth of 640x480 at 30 Hz .*it offers none"):
        source(depth=True).open()


def test_exposure_is_set_in_the_sensor_s_units(camera: SoftwareCamera, source: Open) -> None:
    manual = source(exposure_us=8000)
    manual.open()
    assert (camera.option("exposure"), camera.option("enable_auto_exposure")) == (80.0, 0.0)
    manual.close()
    source().open()
    assert camera.option("enable_auto_exposure") == 1.0


def test_white_balance_is_fixed_or_automatic(camera: SoftwareCamera, source: Open) -> None:
    manual = source(white_balance_k=4600)
    manual.open()
    assert (camera.option("white_balance"), camera.option("enable_auto_white_balance")) == (4600.0, 0.0)
    manual.close()
    source().open()
    assert camera.option("enable_auto_white_balance") == 1.0


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"exposure_us": 50}, r"exposure_us is 50, this camera takes 100 to 1e\+06"),
        ({"white_balance_k": 9000}, "white_balance_k is 9000, this camera takes 2800 to 6500"),
        ({"gain": 3, "exposure_us": 8000}, "this camera has no gain to set; remove it"),
    ],
    ids=["too short", "too blue", "unknown"],
)
def test_options_that_the_device_does_not_take(settings: dict, said: str, source: Open) -> None:
    with pytest.raises(CameraError, match=said):
        source(**settings).open()


def test_an_absent_serial_names_those_that_are_there(source: Open) -> None:
    with pytest.raises(CameraError, match=f"RealSense 42 isn't plugged in; .* {SERIAL}") as absent:
        source(serial="42").open()
    assert absent.value.name == "absent"


def test_silence_is_no_frame(camera: SoftwareCamera, source: Open) -> None:
    realsense = source()
    realsense.open()
    with pytest.raises(NoFrame):
        realsense.read(0.05)


def test_it_comes_back_when_plugged_in_again(camera: SoftwareCamera, source: Open) -> None:
    realsense = source()
    for _ in range(2):
        realsense.open()
        camera.go()
        assert frames(realsense, 3)
        camera.unplug()
        realsense.close()
        with pytest.raises(CameraError, match=r"isn't plugged in; .* none"):
            realsense.open()
        camera.plug()


def test_a_camera_that_starts_in_vain_is_reset(source: Open) -> None:
    realsense = source()
    for _ in range(2):
        realsense.open()
        realsense.close()
    # What the SDK says of a device without a real plug shows that it was asked to.
    with pytest.raises(CameraError, match="hardware_reset is not implemented"):
        realsense.open()
    realsense.open()


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("recordings") / "wrist.db3"
    camera = SoftwareCamera()
    camera.record(path, frames=20)
    camera.close()
    return path


def test_a_recording_plays_in_a_loop(recording: Path) -> None:
    source = RealSenseCamera(RealSenseConfig(kind="realsense", recording=str(recording)))
    for _ in range(2):
        stream = source.open()
        assert (stream.device, stream.about["serial"]) == ("Intel RealSense D435I", SERIAL)
        numbers = [int(frame.image[0, 0, 0]) for frame in frames(source, 30)]
        source.close()
        assert set(numbers) <= set(range(1, 21))
        assert min(numbers[15:]) < numbers[10]


def test_a_recording_in_another_mode_is_refused(recording: Path) -> None:
    source = RealSenseCamera(RealSenseConfig(kind="realsense", recording=str(recording), rate_hz=60))
    with pytest.raises(CameraError, match=r"no colour of 640x480 at 60 Hz .*it offers 640x480 at 30"):
        source.open()


def test_a_recording_that_is_none(tmp_path: Path) -> None:
    path = tmp_path / "wrist.db3"
    source = RealSenseCamera(RealSenseConfig(kind="realsense", recording=str(path)))
    with pytest.raises(CameraError, match=re.escape(f"{path}: no such file")):
        source.open()
    path.write_text("not a recording")
    with pytest.raises(CameraError, match=re.escape(str(path))) as refused:
        source.open()
    assert refused.value.name == "refused"
