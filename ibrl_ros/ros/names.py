"""All topic and service names. They are relative, so that a namespace applies to all but one of them."""

PROPRIO = "robot/proprio"
CURRENT_POSE = "robot/current_pose"
JOINT_STATES = "joint_states"
TARGET_POSE = "robot/target_pose"
GRIPPER_COMMAND = "robot/gripper_command"
ARM = "robot/arm"
HOME = "robot/home"
ALLOW = "robot/allow"
REST = "robot/rest"
STOP = "robot/stop"
CLEAR_ESTOP = "robot/clear_estop"
ROBOT_STATUS = "robot/status"
ROBOT_MODE = "robot/mode"
RECOVER = "robot/recover"
HOME_GRIPPER = "robot/home_gripper"
WRENCH = "robot/wrench"
ESTOP = "estop"

TELEOP_COMMAND = "teleop/command"
ACTION = "action"
EXECUTED = "action/executed"
#: Names of an action's values, on ACTION and EXECUTED.
ACTION_VALUES = ("dx", "dy", "dz", "rx", "ry", "rz", "gripper")
#: Names of a pose's values in a named vector.
POSE_VALUES = ("x", "y", "z", "qx", "qy", "qz", "qw")

EPISODE_STATUS = "episode/status"
EPISODE_JUDGED = "episode/judged"
EPISODE_START = "episode/start"
EPISODE_HOME = "episode/home"
EPISODE_SUCCESS = "episode/success"
EPISODE_FAILURE = "episode/failure"
EPISODE_ABORT = "episode/abort"
EPISODE_PAUSE = "episode/pause"

POLICY_STATUS = "policy/status"
POLICY_WEIGHTS = "policy/weights"
PROPOSAL_WEIGHTS = "policy/proposal_weights"
EXPERIENCE = "experience"
EXPERIENCE_ACK = "experience/ack"
LEARNER_STATUS = "learner/status"

SIM_STATE = "sim/state"
SIM_SCENE = "sim/scene"
CLOCK = "clock"
#: The one absolute name, which tools for diagnostics expect. Each status in it has its node's full name.
DIAGNOSTICS = "/diagnostics"


def of_robot(robot: str, topic: str) -> str:
    """A topic of the robot in the namespace `robot`, for a node outside; without one the topic itself."""
    return f"/{robot}/{topic}" if robot else topic


def image_topic(camera: str) -> str:
    """Topic of a camera's rgb8 images in the size that the policy uses."""
    return f"cameras/{camera}/image_raw"


def camera_info_topic(camera: str) -> str:
    """Topic of the intrinsics of the images on `image_topic`."""
    return f"cameras/{camera}/camera_info"


def full_camera(camera: str) -> str:
    """Name of a camera's full-size image: a camera of its own, with `image_raw` and `camera_info`."""
    return f"{camera}/full"


def depth_topic(camera: str) -> str:
    """Topic of a camera's depth image (16UC1, mm), aligned to its full-size image."""
    return f"cameras/{camera}/depth/image_raw"
