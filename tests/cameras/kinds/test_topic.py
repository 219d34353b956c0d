"""Pictures of a topic: whatever the encoding, the same picture; what can't be read is said in words."""

from __future__ import annotations

import struct
import zlib
from types import SimpleNamespace
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ibrl_ros.cameras.camera import CameraError, NoFrame
from ibrl_ros.cameras.frame import PUBLISHER, Stream
from ibrl_ros.cameras.kinds.topic import ENCODINGS, TopicCamera, TopicConfig, unpacked
from ibrl_ros.config.device import HeardTopic

HEIGHT, WIDTH = 12, 20
PICTURE = np.random.default_rng(1).integers(0, 256, (HEIGHT, WIDTH, 3), np.uint8)
GREY = np.repeat(PICTURE[:, :, :1], 3, axis=2)


def raw(picture: np.ndarray, encoding: str, padding: int = 0, sec: int = 7) -> Any:
    """A message as a driver fills it, with so many bytes after each row."""
    alpha = np.full((*picture.shape[:2], 1), 9, np.uint8)
    packed = {
        "rgb8": picture,
        "bgr8": picture[:, :, ::-1],
        "rgba8": np.concatenate([picture, alpha], axis=2),
        "bgra8": np.concatenate([picture[:, :, ::-1], alpha], axis=2),
        "mono8": picture[:, :, :1],
    }.get(encoding, picture)
    height, width, channels = packed.shape
    rows = np.pad(packed.reshape(height, width * channels), ((0, 0), (0, padding)), constant_values=77)
    header = SimpleNamespace(stamp=SimpleNamespace(sec=sec, nanosec=500_000_000))
    return SimpleNamespace(
        header=header, height=height, width=width, encoding=encoding, step=rows.shape[1], data=rows.tobytes()
    )


def camera(*, compressed: bool = False) -> TopicCamera:
    return TopicCamera(TopicConfig(kind="topic", topic="camera/image_raw", compressed=compressed))


@given(
    st.sampled_from(sorted(ENCODINGS)),
    st.integers(1, 9),
    st.integers(1, 9),
    st.integers(0, 5),
    st.integers(0),
)
def test_one_picture_in_every_encoding(
    encoding: str, height: int, width: int, padding: int, seed: int
) -> None:
    picture = np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)
    expected = np.repeat(picture[:, :, :1], 3, axis=2) if encoding == "mono8" else picture
    np.testing.assert_array_equal(unpacked(raw(picture, encoding, padding)), expected)


def test_it_gives_the_newest_picture_with_the_stamp_that_it_came_with() -> None:
    topic = camera()
    topic.heard(raw(PICTURE, "bgr8"))
    assert topic.open() == Stream("topic camera/image_raw", WIDTH, HEIGHT, None)
    topic.heard(raw(GREY, "rgb8", sec=8))
    topic.heard(raw(PICTURE, "rgb8", sec=9))
    frame = topic.read(0.0)
    assert (frame.device_s, frame.stamped_by) == (9.5, PUBLISHER)
    np.testing.assert_array_equal(frame.image, PICTURE)
    with pytest.raises(NoFrame):
        topic.read(0.0)


def test_a_compressed_picture_is_decoded() -> None:
    topic, message = camera(compressed=True), raw(PICTURE, "rgb8")
    message.format, message.data = "png", cv2.imencode(".png", PICTURE[:, :, ::-1])[1].tobytes()
    assert topic.listens == HeardTopic("camera/image_raw", "sensor_msgs/msg/CompressedImage")
    topic.heard(message)
    topic.open()
    topic.heard(message)
    np.testing.assert_array_equal(topic.read(0.0).image, PICTURE)


@pytest.mark.parametrize(
    ("changes", "name", "says"),
    [
        ({"encoding": "bayer_rggb8"}, "unsupported", "'bayer_rggb8' isn't among those it reads: rgb8, bgr8"),
        ({"data": b"1234"}, "unsupported", "4 bytes with 60 a row aren't 20x12 pixels of rgb8"),
        ({"step": 59}, "unsupported", "with 59 a row"),
        ({"width": 0}, "unsupported", "aren't 0x12 pixels"),
        ({"width": 10}, "lost", "pictures were 20x12, and are 10x12 now"),
        ({"header": SimpleNamespace(stamp=SimpleNamespace(sec=0, nanosec=0))}, "unsupported", "no stamp"),
    ],
)
def test_what_cannot_be_used_is_said(changes: dict[str, Any], name: str, says: str) -> None:
    topic = camera()
    topic.heard(raw(PICTURE, "rgb8"))
    topic.open()
    topic.heard(SimpleNamespace(**{**vars(raw(PICTURE, "rgb8")), **changes}))
    with pytest.raises(CameraError, match=says) as raised:
        topic.read(0.0)
    assert raised.value.name == name


@pytest.mark.parametrize("data", [b"", b"no picture"])
def test_bytes_that_are_no_picture_are_said(data: bytes) -> None:
    topic = camera(compressed=True)
    topic.heard(SimpleNamespace(format="jpeg", data=data))
    with pytest.raises(CameraError, match="format 'jpeg'"):
        topic.open()


def test_a_compressed_picture_that_claims_a_huge_size_is_refused() -> None:
    def chunk(kind: bytes, content: bytes) -> bytes:
        return (
            struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        )

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 40_000, 40_000, 8, 2, 0, 0, 0))
    png = b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(bytes(100))) + chunk(b"IEND", b"")
    topic = camera(compressed=True)
    topic.heard(SimpleNamespace(format="png", data=png))
    with pytest.raises(CameraError, match="OpenCV refuses"):
        topic.open()


def test_a_topic_on_which_nothing_comes_is_absent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ibrl_ros.cameras.kinds.topic.FIRST_S", 0.0)
    with pytest.raises(CameraError, match="nothing on topic camera/image_raw: start") as raised:
        camera().open()
    assert raised.value.name == "absent"
