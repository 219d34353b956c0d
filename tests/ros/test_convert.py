"""Messages to numpy and back, exactly; and what a message that breaks its topic's promise is told."""

from __future__ import annotations

from array import array

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from rclpy.serialization import deserialize_message, serialize_message
from sensor_msgs.msg import CameraInfo, Image, JointState
from std_msgs.msg import UInt8MultiArray

from ibrl_ros.control.poses import Pose
from ibrl_ros.ros.convert import (
    MessageError,
    bytes_message,
    bytes_value,
    camera_info_message,
    depth_message,
    image_message,
    image_pixels,
    pose_message,
    pose_value,
    to_seconds,
    to_stamp,
    vector_message,
    vector_values,
)

PIXELS = st.tuples(st.integers(1, 6), st.integers(1, 6), st.just(3)).flatmap(
    lambda shape: arrays.arrays(np.uint8, shape)
)
TIMES = st.floats(0, 2.0**31 - 2) | st.floats(1.6e9, 1.9e9)
FINE_S = 2.0**23  # above it floats are further apart than a nanosecond
NAMES = st.text(st.characters(codec="ascii", exclude_characters="\0"), max_size=8)
NUMBERS = st.floats(allow_nan=False)


@given(TIMES)
def test_a_stamp_is_the_time_and_stays_the_same(seconds: float) -> None:
    there = to_seconds(to_stamp(seconds))
    assert there == seconds if seconds > FINE_S else abs(there - seconds) <= 1e-9
    assert to_seconds(to_stamp(there)) == there


@given(st.integers(0, 10**7))
def test_ticks_of_lockstep_are_told_apart_and_found_again(tick: int) -> None:
    now, after = (round(1 + (tick + k) * 0.1, 6) for k in (0, 1))
    assert to_seconds(to_stamp(now)) == now < to_seconds(to_stamp(after)) == after


@given(PIXELS, TIMES)
@settings(deadline=None)  # the first message loads its type
def test_pixels_come_back(pixels: np.ndarray, stamp_s: float) -> None:
    message = image_message(pixels, stamp_s, "wrist")
    sent = deserialize_message(serialize_message(message), Image)
    np.testing.assert_array_equal(image_pixels(sent), pixels, strict=True)
    assert (sent.encoding, sent.header.frame_id, sent.header.stamp) == ("rgb8", "wrist", to_stamp(stamp_s))


@given(PIXELS, st.integers(0, 5))
def test_bgr_and_padded_rows_are_understood(pixels: np.ndarray, padding: int) -> None:
    height, width, _ = pixels.shape
    rows = np.zeros((height, 3 * width + padding), np.uint8)
    rows[:, : 3 * width] = pixels[:, :, ::-1].reshape(height, -1)
    message = Image(height=height, width=width, encoding="bgr8", step=rows.shape[1])
    message.data = array("B", rows.tobytes())
    np.testing.assert_array_equal(image_pixels(message), pixels)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"encoding": "mono8"}, "encoding is 'mono8', expected rgb8 or bgr8"),
        ({"data": array("B", bytes(20))}, "20 bytes with 6 per row, too few for 2x4 pixels"),
        ({"step": 5}, "24 bytes with 5 per row, too few for 2x4 pixels"),
    ],
)
def test_an_image_that_breaks_its_promise_is_refused(changes: dict[str, object], said: str) -> None:
    message = image_message(np.zeros((4, 2, 3), np.uint8), 0.0, "wrist")
    for key, value in changes.items():
        setattr(message, key, value)
    with pytest.raises(MessageError, match=said):
        image_pixels(message)


@settings(deadline=None)
@given(arrays.arrays(np.uint16, st.tuples(st.integers(1, 5), st.integers(1, 5))), TIMES)
def test_depth_comes_back(depth_mm: np.ndarray, stamp_s: float) -> None:
    sent = deserialize_message(serialize_message(depth_message(depth_mm, stamp_s, "wrist")), Image)
    read = np.frombuffer(sent.data, "<u2").reshape(sent.height, sent.step // 2)
    np.testing.assert_array_equal(read, depth_mm)
    assert (sent.encoding, sent.width, sent.header.stamp) == ("16UC1", depth_mm.shape[1], to_stamp(stamp_s))


def test_camera_info_says_where_a_point_is_seen() -> None:
    info = camera_info_message((640, 480), (600.0, 610.0), (320.0, 240.0), ("plumb_bob", (0.1,) * 5), "wrist")
    sent = deserialize_message(serialize_message(info), CameraInfo)
    assert (sent.width, sent.height) == (640, 480)
    assert (sent.distortion_model, list(sent.d)) == ("plumb_bob", [0.1] * 5)
    point = np.array([0.1, -0.2, 2.0])
    x, y, depth = sent.k.reshape(3, 3) @ point
    assert (x / depth, y / depth) == pytest.approx((600 * 0.05 + 320, 610 * -0.1 + 240))
    np.testing.assert_array_equal(sent.p.reshape(3, 4)[:, :3], sent.k.reshape(3, 3))
    np.testing.assert_array_equal(sent.r.reshape(3, 3), np.eye(3))


@given(st.dictionaries(NAMES, NUMBERS), TIMES)
def test_a_named_vector_comes_back_in_order(values: dict[str, float], stamp_s: float) -> None:
    sent = deserialize_message(serialize_message(vector_message(values, stamp_s)), JointState)
    assert list(vector_values(sent).items()) == list(values.items())
    assert sent.header.stamp == to_stamp(stamp_s)


def test_a_vector_without_its_names_is_refused() -> None:
    with pytest.raises(MessageError, match="1 names for 2 values"):
        vector_values(JointState(name=["x"], position=array("d", [1.0, 2.0])))


@given(st.tuples(*[st.floats(-9, 9)] * 3), st.tuples(*[st.floats(1, 2)] * 4))
def test_a_pose_comes_back(position: tuple, quaternion: tuple) -> None:
    pose = Pose.of(position, np.array(quaternion) / np.linalg.norm(quaternion))
    message = pose_message(pose, 3.5, "base")
    np.testing.assert_array_equal(pose_value(message).position, pose.position)
    np.testing.assert_array_equal(pose_value(message).quaternion, pose.quaternion)
    assert (message.header.frame_id, to_seconds(message.header.stamp)) == ("base", 3.5)


@given(st.binary(max_size=100))
def test_bytes_come_back(content: bytes) -> None:
    sent = deserialize_message(serialize_message(bytes_message(content)), UInt8MultiArray)
    assert bytes(bytes_value(sent)) == content


def test_the_error_of_a_message_of_any_size_is_short() -> None:
    message = JointState(name=["x" * 100_000] * 2, position=[0.0])
    assert len(str(MessageError(str(message)))) < 600
