"""Converts messages to numpy arrays and back.

Array fields are filled with `array.array`, because rclpy checks each element of a numpy array (measured:
104 ms instead of 1.5 ms for a 640x480 image).
"""

from __future__ import annotations

import math
from array import array

import numpy as np
from builtin_interfaces.msg import Time
from geometry_msgs.msg import PoseStamped
from sensor_msgs.msg import CameraInfo, Image, JointState
from std_msgs.msg import UInt8MultiArray

from ibrl_ros.control.poses import Pose

NANOSECONDS = 1_000_000_000


#: Longest text of an error about a message, characters: a message may be of any size.
MAX_TEXT = 500


class MessageError(ValueError):
    """A message whose content is invalid for its topic; a long text is shortened."""

    def __init__(self, text: str) -> None:
        super().__init__(text if len(text) <= MAX_TEXT else f"{text[:MAX_TEXT]}...")


def to_stamp(seconds: float) -> Time:
    """The Time message for a time in seconds, exact to the nanosecond."""
    whole = math.floor(seconds)
    carry, nanoseconds = divmod(round((seconds - whole) * NANOSECONDS), NANOSECONDS)
    return Time(sec=whole + carry, nanosec=nanoseconds)


def to_seconds(stamp: Time) -> float:
    """Seconds of a Time message."""
    return stamp.sec + stamp.nanosec / NANOSECONDS


def image_message(pixels: np.ndarray, stamp_s: float, frame_id: str) -> Image:
    """An rgb8 Image of `pixels` uint8 [H, W, 3]."""
    height, width, _ = pixels.shape
    message = Image(height=height, width=width, encoding="rgb8", step=3 * width)
    message.header.frame_id = frame_id
    message.header.stamp = to_stamp(stamp_s)
    message.data = array("B", pixels.tobytes())
    return message


def image_pixels(message: Image) -> np.ndarray:
    """The RGB pixels uint8 [H, W, 3] of an rgb8 or bgr8 Image, as a view of the message.

    Raises:
        MessageError: another encoding, or fewer bytes than width and height need.
    """
    if message.encoding not in ("rgb8", "bgr8"):
        raise MessageError(f"encoding is {message.encoding!r}, expected rgb8 or bgr8")
    rows = np.frombuffer(message.data, np.uint8)
    if rows.size < message.height * message.step or message.step < 3 * message.width:
        raise MessageError(
            f"{rows.size} bytes with {message.step} per row, "
            f"too few for {message.width}x{message.height} pixels"
        )
    rows = rows[: message.height * message.step].reshape(message.height, message.step)
    pixels = rows[:, : 3 * message.width].reshape(message.height, message.width, 3)
    return pixels if message.encoding == "rgb8" else pixels[:, :, ::-1]


def depth_message(depth_mm: np.ndarray, stamp_s: float, frame_id: str) -> Image:
    """A 16UC1 Image of `depth_mm` uint16 [H, W]."""
    height, width = depth_mm.shape
    message = Image(height=height, width=width, encoding="16UC1", step=2 * width)
    message.header.frame_id = frame_id
    message.header.stamp = to_stamp(stamp_s)
    message.data = array("B", depth_mm.astype("<u2", copy=False).tobytes())
    return message


def camera_info_message(
    size: tuple[int, int],
    focal: tuple[float, float],
    centre: tuple[float, float],
    distortion: tuple[str, tuple[float, ...]],
    frame_id: str,
) -> CameraInfo:
    """The CameraInfo of a single camera, without stamp.

    Args:
        size: width and height of the image, pixels.
        focal: focal lengths along x and y, pixels.
        centre: principal point x and y, pixels.
        distortion: name of the model as in CameraInfo, and its coefficients.
        frame_id: optical frame of the camera.
    """
    (fx, fy), (cx, cy) = focal, centre
    message = CameraInfo(width=size[0], height=size[1], distortion_model=distortion[0])
    message.header.frame_id = frame_id
    message.d = array("d", distortion[1])
    message.k = [fx, 0.0, cx, 0.0, fy, cy, 0.0, 0.0, 1.0]
    message.r = [1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0]
    message.p = [fx, 0.0, cx, 0.0, 0.0, fy, cy, 0.0, 0.0, 0.0, 1.0, 0.0]
    return message


def vector_message(values: dict[str, float], stamp_s: float) -> JointState:
    """Named values with a stamp, as a JointState, the stock message with names, values and stamp."""
    message = JointState(name=list(values))
    message.header.stamp = to_stamp(stamp_s)
    message.position = array("d", values.values())
    return message


def vector_values(message: JointState) -> dict[str, float]:
    """The values of a message from `vector_message`, by name.

    Raises:
        MessageError: the numbers of names and values differ.
    """
    if len(message.name) != len(message.position):
        raise MessageError(f"{len(message.name)} names for {len(message.position)} values")
    return dict(zip(message.name, message.position, strict=True))


def pose_message(pose: Pose, stamp_s: float, frame_id: str) -> PoseStamped:
    """A PoseStamped (m, quaternion xyzw)."""
    message = PoseStamped()
    message.header.frame_id = frame_id
    message.header.stamp = to_stamp(stamp_s)
    point, turn = message.pose.position, message.pose.orientation
    point.x, point.y, point.z = map(float, pose.position)
    turn.x, turn.y, turn.z, turn.w = map(float, pose.quaternion)
    return message


def pose_value(message: PoseStamped) -> Pose:
    """The Pose of a PoseStamped."""
    point, turn = message.pose.position, message.pose.orientation
    return Pose(np.array([point.x, point.y, point.z]), np.array([turn.x, turn.y, turn.z, turn.w]))


def bytes_message(content: bytes) -> UInt8MultiArray:
    """A byte string as a message."""
    message = UInt8MultiArray()
    message.data = array("B", content)
    return message


def bytes_value(message: UInt8MultiArray) -> memoryview:
    """The bytes of a message, without a copy."""
    return memoryview(message.data).cast("B")
