"""A person beside a policy that trains: who drives, and what happens when the person's link breaks.

robot_node, reset_node, policy_node, learner_node and teleop_node, with a gamepad whose enabling switch must
be held for the policy to move.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
import yaml
from fake_lab.lab import FakeLab
from sensor_msgs.msg import JointState, Joy

from ibrl_ros.config.loader import config_root
from ibrl_ros.data.episode import Episode, EpisodeMetadata
from ibrl_ros.learning.run import Run
from ibrl_ros.ros import names
from ibrl_ros.ros.qos import SENSOR

SIDE, STEPS = 96, 12
TINY_AGENT = {
    "observation": "pixels",
    "prop_stack": 1,
    "encoder": {"embed_dim": 8, "heads": 2, "patches": [[8, 8]]},
    "critic": {"spatial_embed": 16, "hidden_dim": 16},
    "actor": {"feature_dim": 16, "hidden_dim": 16},
    "bc": {"kind": "conv", "feature_dim": 16, "hidden_dim": 16, "steps": 5, "batch_size": 16},
    "batch_size": 16,
    "warmup_episodes": 1,
}
DEADMAN, STOP, ENABLE = 10, 2, 7
RATE_HZ, SEEN_S = 20.0, 0.5


class Gamepad:
    """What a person's hands do: told on `joy`, as a driver does.

    Attributes:
        held: buttons that are down.
        deflection: of the left stick to the left, when the deadman is held.
        connected: whether the driver publishes.
    """

    def __init__(self, lab: FakeLab) -> None:
        self.held: set[int] = set()
        self.deflection, self.connected = 0.0, True
        self._jitter = itertools.cycle((0.0, 0.002))
        self._publisher = lab.node.create_publisher(Joy, "joy", 1)
        lab.node.create_timer(1 / RATE_HZ, self._publish)

    def enable(self) -> None:
        """The enabling switch is let go, and held again; a switch that was held before doesn't count."""
        self.held, self.deflection, self.connected = set(), 0.0, True
        time.sleep(SEEN_S)
        self.held = {ENABLE}

    def _publish(self) -> None:
        if self.connected:
            axes = [self.deflection + next(self._jitter), 0.0, 0.0, 0.0, 0.0, 0.0]
            buttons = [int(index in self.held) for index in range(16)]
            self._publisher.publish(Joy(axes=axes, buttons=buttons))


class TrainingLab(FakeLab):
    """A lab in which an agent trains, with a person at a gamepad.

    Attributes:
        acted: [6], the newest action without the gripper's part.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, camera_side=SIDE)
        self.acted = np.zeros(6)
        self.gamepad = Gamepad(self)
        self.node.create_subscription(JointState, names.ACTION, self._on_action, SENSOR)
        self.devices = self.write(
            "devices", {"extends": "default", "gamepad": {"enable": "hold", "enable_button": ENABLE}}
        )
        self._change_task()
        given = {
            "run_dir": self._make_run(folder / "run"),
            "agent": self.write("agent", TINY_AGENT),
            "max_steps": 100_000,
            "teleop": "gamepad",
            "teleop_config": self.devices,
        }
        self.run("robot_node")
        self.run("reset_node", stage="train")
        self.run("policy_node", stage="train", **given)
        self.run("learner_node", **{key: given[key] for key in ("run_dir", "agent", "max_steps")})
        self.start_teleop()

    def start_teleop(self) -> None:
        """The node of the person's device."""
        self.run("teleop_node", teleop="gamepad", teleop_config=self.devices)

    def policy_drives(self) -> bool:
        """Whether the newest action is neither nothing nor the person's."""
        return bool(np.abs(self.acted).max() > 1e-6) and not self.person_drives()

    def person_drives(self) -> bool:
        """Whether the newest action is along y alone, which no policy's is."""
        return bool(abs(self.acted[1]) > 0.1 and np.abs(np.delete(self.acted, 1)).max() < 1e-6)

    def let_go_on(self) -> None:
        """The person enables the policy and says start, again if the device wasn't heard at that moment."""

        def drives() -> bool:
            self.gamepad.enable()  # what was held before the episode doesn't count
            self.ask(names.EPISODE_START)
            time.sleep(2 * SEEN_S)
            return self.policy_drives()

        self.wait(drives, "the policy drives")

    def nobody_drives(self) -> None:
        """The arm comes to rest and stays there, though the episode goes on."""
        self.wait(lambda: not self.acted.any(), "nobody drives")
        self.stays(1.0)
        assert not self.acted.any(), self.explain()
        assert self.episode["state"] == "running", self.explain()

    def _change_task(self) -> None:
        content = yaml.safe_load(self.task_file.read_text())
        self.task_file = self.write(
            "training", {**content, "success": {"detector": "person"}, "episode_steps": 5000}
        )

    def _make_run(self, folder: Path) -> Path:
        run = Run(folder)
        home = yaml.safe_load((config_root() / "tasks/lift_fr3.yaml").read_text())["home"]
        prop = np.array([*home["position_m"], *home["quaternion_xyzw"], 0.0], np.float32)
        for index in range(2):
            rng = np.random.default_rng(index)
            run.demos.save(
                Episode(
                    observations={
                        "images/wrist": np.zeros((STEPS, SIDE, SIDE, 3), np.uint8),
                        "prop": np.tile(prop, (STEPS, 1)),
                    },
                    actions=rng.uniform(-0.3, 0.3, (STEPS, 7)).astype(np.float32),
                    rewards=(np.arange(STEPS) == STEPS - 1).astype(np.float32),
                    sources=np.full(STEPS, -1, np.int8),
                    interventions=np.zeros(STEPS, np.bool_),
                    stamps=np.arange(STEPS) / 10,
                    terminated=True,
                    truncated=False,
                    metadata=EpisodeMetadata(
                        run="run", id=f"demo-{index}", index=index, task="lift_fr3", seed=index,
                        config_hash="", kind="demo", outcome="success", created_at="2026-11-27T12:00:00Z",
                    ),
                )
            )  # fmt: skip
        return folder

    def _on_action(self, message: JointState) -> None:
        self.acted = np.array(message.position[:6])


@pytest.fixture(scope="module")
def one_lab(
    ros_domain: int, lab_messages: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[TrainingLab]:
    with closing(TrainingLab(tmp_path_factory.mktemp("lab"))) as lab:
        lab.wait(lambda: lab.episode.get("waits_for") == "a person's word", "the way home")
        lab.ask(names.EPISODE_START)
        lab.wait(lambda: lab.episode["state"] == "waiting", "the arm at home")
        yield lab


@pytest.fixture
def lab(one_lab: TrainingLab) -> TrainingLab:
    """An episode in which the policy drives, the person holding the enabling switch."""
    if one_lab.episode["state"] != "running":
        one_lab.ask(names.EPISODE_START)
    one_lab.wait(lambda: one_lab.episode["state"] == "running", "an episode")
    one_lab.let_go_on()
    return one_lab


def take_over(lab: TrainingLab) -> None:
    lab.gamepad.held, lab.gamepad.deflection = {DEADMAN, ENABLE}, 1.0
    lab.wait(lab.person_drives, "the person drives")


def test_a_seen_release_gives_the_arm_back_to_the_policy(lab: TrainingLab) -> None:
    take_over(lab)
    lab.gamepad.held, lab.gamepad.deflection = {ENABLE}, 0.0
    lab.wait(lab.policy_drives, "the policy drives")


def test_a_takeover_whose_node_dies_leaves_the_arm_to_nobody(lab: TrainingLab) -> None:
    take_over(lab)
    lab.processes["teleop_node"].kill()
    lab.nobody_drives()
    lab.gamepad.held, lab.gamepad.deflection = set(), 0.0
    lab.start_teleop()
    lab.wait(lambda: "ready" in lab.processes["teleop_node"].output, "the device is heard again")
    lab.gamepad.enable()
    lab.nobody_drives()
    lab.let_go_on()


def test_a_takeover_whose_device_falls_silent_leaves_the_arm_to_nobody(lab: TrainingLab) -> None:
    take_over(lab)
    lab.gamepad.connected = False
    lab.nobody_drives()
    lab.gamepad.enable()
    lab.nobody_drives()
    take_over(lab)
    lab.gamepad.held, lab.gamepad.deflection = {ENABLE}, 0.0
    lab.wait(lab.policy_drives, "the policy drives")


def test_the_policy_moves_only_while_the_enabling_switch_is_held(lab: TrainingLab) -> None:
    lab.gamepad.held = set()
    lab.nobody_drives()
    lab.gamepad.held = {ENABLE}
    lab.wait(lab.policy_drives, "the policy drives")
    lab.processes["teleop_node"].kill()
    lab.nobody_drives()
    lab.start_teleop()
    lab.wait(lambda: "ready" in lab.processes["teleop_node"].output, "the device is heard again")


def test_a_press_on_the_device_stops_the_policy(lab: TrainingLab) -> None:
    since = lab.now()
    lab.gamepad.held = {ENABLE, STOP}
    lab.wait_for_robot("is pressed")
    lab.comes_to_rest(lab.now(), 0.5)
    lab.wait(lambda: lab.episode["outcome"] == "fault", "the episode ends")
    lab.gamepad.held = {ENABLE}
    time.sleep(SEEN_S)  # a button that is still held stops the robot again
    lab.ask(names.CLEAR_ESTOP)
    lab.stays(1.0)
    assert lab.arm("moved_m", since=since) < 0.2
    lab.ask(names.EPISODE_START)
    lab.wait(lambda: lab.episode["state"] == "waiting", "the arm at home")
