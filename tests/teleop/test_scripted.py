"""The scripted operator as a source: a step is decided by the newest reading, and made once."""

from __future__ import annotations

import numpy as np
import pytest

from ibrl_ros.benchmark.environments import make_demonstrator
from ibrl_ros.config import load_robot, load_task
from ibrl_ros.control.poses import Pose
from ibrl_ros.control.safety.carry_out import action_between
from ibrl_ros.control.safety.limits import GateLimits
from ibrl_ros.teleop.devices.scripted import Scripted
from ibrl_ros.teleop.sample import RobotNow
from ibrl_ros.teleop.scripted import episode_seed, make_operator

TASK = load_task("lift")
LIMITS = GateLimits.of(TASK, load_robot("sim"))
PROP = np.array([0.5, 0.0, 0.22, 1, 0, 0, 0, 0], np.float32)
GOAL = Pose.of((0.5, 0.01, 0.22), (1, 0, 0, 0))
NOISE, SEED, SCENE = 0.3, 4, 9


def state(x_dm: float) -> np.ndarray:
    """The block, so far forward of the tool."""
    values = np.zeros(9, np.float32)
    values[:3], values[4] = (x_dm, 0.2, -2.0), 1.0
    return values


def begun() -> Scripted:
    source = Scripted(TASK, LIMITS, NOISE, SEED)
    source.begin(SCENE)
    return source


def asked(source: Scripted, x_dm: float, steps: int, goal: Pose | None = GOAL) -> np.ndarray:
    """The position that is wanted, m."""
    robot = RobotNow(PROP, state(x_dm), goal=goal if steps else None, closed=0.0, steps=steps)
    sample = source.sample(robot, running=True)
    assert sample.wanted is not None and sample.deadman
    return sample.wanted.position


def test_until_a_step_is_taken_the_same_one_is_decided_anew_from_each_reading() -> None:
    often, seldom = begun(), begun()
    readings = [0.3, 0.5, 0.2, 0.4]
    for reading in readings:
        newest = asked(often, reading, steps=0)
    np.testing.assert_array_equal(newest, asked(seldom, readings[-1], steps=0))
    for reading in readings:
        newest = asked(often, reading, steps=1)
    np.testing.assert_array_equal(newest, asked(seldom, readings[-1], steps=1))


def test_a_step_is_counted_from_what_is_commanded() -> None:
    operator = make_operator(TASK, NOISE)
    operator.reset(episode_seed(SEED, SCENE))
    source = begun()
    for steps, before in enumerate((Pose.of(PROP[:3], PROP[3:7]), GOAL)):
        robot = RobotNow(PROP, state(0.3), goal=GOAL if steps else None, closed=0.0, steps=steps)
        wanted = source.sample(robot, running=True).wanted
        action = operator.command(PROP, state(0.3))
        np.testing.assert_allclose(action_between(LIMITS, before, wanted), action[:6], atol=1e-6)


def test_between_episodes_it_holds_nothing_and_needs_no_state() -> None:
    sample = begun().sample(RobotNow(PROP), running=False)
    assert not sample.deadman and sample.usable and sample.wanted is None


def test_without_the_simulation_it_says_what_it_needs() -> None:
    with pytest.raises(ValueError, match="sim/state"):
        begun().sample(RobotNow(PROP), running=True)


def test_in_a_benchmark_it_gives_the_operators_actions() -> None:
    demonstrator, operator = make_demonstrator("lift", NOISE, SEED), make_operator(TASK, NOISE, SEED)
    for scene in (3, 4):
        demonstrator.begin(scene)
        operator.reset((SEED << 32) + scene)
        for x_dm in (0.3, 0.2, 0.1):
            seen = {"prop": PROP, "state": state(x_dm)}
            np.testing.assert_array_equal(demonstrator.act(seen), operator.command(PROP, state(x_dm)))
