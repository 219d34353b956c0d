"""The scripted operator does as well with readings from within a step as with those at its end.

Operator, gate's motion and simulation in one process, by times that are computed: 10 Hz steps, 50 Hz readings
that are some milliseconds old.
"""

from __future__ import annotations

import numpy as np

from ibrl_ros.config import load_robot, load_task
from ibrl_ros.control.action import Execution
from ibrl_ros.control.safety.limits import GateLimits
from ibrl_ros.control.safety.motion import Motion
from ibrl_ros.control.step.takeover import Hand
from ibrl_ros.control.step.teleop_command import TeleopCommand
from ibrl_ros.sim.world import World
from ibrl_ros.teleop.devices.scripted import Scripted
from ibrl_ros.teleop.sample import RobotNow
from ibrl_ros.teleop.told import Told

TASK, ROBOT = load_task("lift"), load_robot("sim")
LIMITS = GateLimits.of(TASK, ROBOT)
STEP_S = 1 / TASK.rate_hz
READING_S, DELAY_S, STEPS, NOISE = 0.02, 0.04, 100, 0.2
SQUEEZED = Hand(squeezed=True)


class Bench:
    """One episode, with readings every so often."""

    def __init__(self, world: World, seed: int) -> None:
        self._world = world
        world.reset(seed)
        self._source, self._told = Scripted(TASK, LIMITS, NOISE, seed=1), Told()
        self._source.begin(seed)
        self._motion = Motion(LIMITS)
        self._motion.settle(world.current_pose(), 0.0)
        self._closed = 0.0

    def steps(self, reading_s: float, delay_s: float) -> int:
        """How many it takes until the block is up; STEPS if it isn't.

        Args:
            reading_s: how often the robot is read.
            delay_s: how old the newest reading is that a step knows, at least.
        """
        readings, time_s, taken = [(0.0, self._read())], 0.0, 0
        while taken < STEPS and not self._world.success():
            if time_s >= taken * STEP_S + delay_s - 1e-9:
                stamp_s, (prop, state) = next(
                    r for r in reversed(readings) if r[0] <= time_s - delay_s + 1e-9
                )
                self._act(taken, prop, state, stamp_s, time_s)
                taken += 1
            time_s = round(time_s + reading_s, 6)
            self._motion.advance(self._world.current_pose(), time_s)
            assert self._motion.target is not None
            self._world.step(self._motion.target, self._closed, reading_s)
            readings.append((time_s, self._read()))
        return taken

    def _act(self, number: int, prop: np.ndarray, state: np.ndarray, stamp_s: float, now_s: float) -> None:
        told = self._told.newest
        robot = RobotNow(
            prop,
            state,
            goal=None if told is None else told.goal,
            closed=None if told is None else told.closed,
            steps=self._told.steps,
            on_the_way=self._told.on_the_way(stamp_s, STEP_S),
        )
        sample = self._source.sample(robot, running=True)
        command = TeleopCommand(sample.wanted, sample.closed, SQUEEZED, now_s, stamp_s)
        action = command.action(LIMITS, robot.commanded, 0.0)
        step = self._motion.take(action.astype(float), self._world.current_pose(), now_s)
        self._closed = sample.closed
        execution = Execution(number, True, "", action, step.cuts, self._motion.goal, self._closed)
        self._told.heard(execution, now_s, robot.measured)

    def _read(self) -> tuple[np.ndarray, np.ndarray]:
        pose, joints = self._world.current_pose(), self._world.joint_state()
        opening = sum(
            dict(zip(joints.names, joints.positions.tolist(), strict=True))[name]
            for name in ROBOT.gripper.joints
        )
        closed = 1 - opening / ROBOT.gripper.open_position
        prop = np.array([*pose.position, *pose.quaternion, closed], np.float32)
        return prop, self._world.state().astype(np.float32)


def test_readings_from_within_a_step_cost_little() -> None:
    world = World(TASK)
    at_ends = [Bench(world, seed).steps(STEP_S, 0.0) for seed in range(8)]
    within = [Bench(world, seed).steps(READING_S, DELAY_S) for seed in range(8)]
    assert max(at_ends) < STEPS and max(within) < STEPS
    assert sum(within) <= 1.15 * sum(at_ends), f"{within} steps instead of {at_ends}"
