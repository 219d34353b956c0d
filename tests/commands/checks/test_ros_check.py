from __future__ import annotations

from pathlib import Path

import pytest

from ibrl_ros.commands.checks import ros
from ibrl_ros.commands.checks.finding import Finding, Setup
from ibrl_ros.ros import distribution
from ibrl_ros.ros.middleware import PROFILE_VARIABLES


def test_this_machine_has_ros(ros_domain: int, setup: Setup) -> None:
    findings = {finding.name: finding for finding in ros.check(setup)}
    assert findings["ROS 2"].level == "ok" and "rclpy" in findings["ROS 2"].says
    assert findings["domain"].says.startswith(f"ROS_DOMAIN_ID {ros_domain}, discovery LOCALHOST")


def test_packages_that_are_not_there_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ros, "STOCK", (*ros.STOCK, "no_such_msgs"))
    found = ros.packages()
    assert found.level == "missing" and "no_such_msgs" in found.says and found.do


def test_a_package_that_only_this_gripper_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ros, "OPTIONAL", {"no_such_msgs": ("a claw", ("claw", "paw"), "buy one")})
    assert ros.optional_packages("vector").level == "ok"
    for gripper in ("claw", "paw"):
        found = ros.optional_packages(gripper)
        assert (found.level, found.do) == ("missing", "buy one") and "no_such_msgs" in found.says


def test_middleware_and_its_profile(tmp_path: Path) -> None:
    profile = tmp_path / "fastdds.xml"
    assert ros.middleware({}).level == "ok"
    both = dict.fromkeys(PROFILE_VARIABLES, str(profile))
    assert ros.middleware(both).level == "missing"
    profile.touch()
    assert ros.middleware(both).level == "ok" and str(profile) in ros.middleware(both).says
    for known, other in zip(PROFILE_VARIABLES, reversed(PROFILE_VARIABLES), strict=True):
        found = ros.middleware({known: str(profile)})
        assert found.level == "warning" and found.do.startswith(f"export {other}, too")
    assert ros.middleware({"RMW_IMPLEMENTATION": "rmw_zenoh_cpp"}).level == "warning"


@pytest.mark.parametrize(
    ("environment", "level"),
    [
        ({}, "ok"),
        ({"ROS_DOMAIN_ID": "101"}, "ok"),
        ({"ROS_DOMAIN_ID": "102"}, "warning"),
        ({"ROS_DOMAIN_ID": "215"}, "ok"),
        ({"ROS_DOMAIN_ID": "233"}, "missing"),
        ({"ROS_DOMAIN_ID": "robot"}, "missing"),
        ({"ROS_AUTOMATIC_DISCOVERY_RANGE": "OFF"}, "missing"),
        ({"ROS_AUTOMATIC_DISCOVERY_RANGE": "localhost"}, "missing"),
        ({"ROS_AUTOMATIC_DISCOVERY_RANGE": "LOCALHOST"}, "ok"),
    ],
)
@pytest.mark.parametrize("simulated", [True, False])
def test_domain(environment: dict[str, str], level: str, simulated: bool) -> None:
    found = ros.domain(environment, simulated)
    assert found.level == level
    assert bool(found.do) is (level != "ok")


def test_an_excuse_takes_the_level_but_not_the_word() -> None:
    found = Finding("x", "missing", "not there", "get one").excused("nobody needs it")
    assert found == Finding("x", "ok", "not there (nobody needs it)")
    assert Finding("x", "ok", "there").excused("nobody needs it") == Finding("x", "ok", "there")


def test_a_distribution_is_named_with_what_to_expect_of_it(
    ros_domain: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = {}
    for version in ("3.3.15", "7.1.9", "10.0.10", "12.0.0"):
        monkeypatch.setattr(distribution, "rclpy_version", lambda version=version: version)
        found[version] = ros.packages()
    assert [one.level for one in found.values()] == ["missing", "ok", "ok", "warning"]
    assert "Humble" in found["3.3.15"].says and "Jazzy" in found["3.3.15"].do
    assert "Lyrical" in found["10.0.10"].says and "expected" in found["10.0.10"].says


def test_an_executor_that_cannot_be_imported_is_missing(
    ros_domain: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ros, "EXECUTOR", "ibrl_ros.ros.no_such_executor")
    found = ros.packages()
    assert found.level == "missing" and "no node can start" in found.says
