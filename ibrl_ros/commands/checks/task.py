"""Checks the task: that success can be detected on this robot, and that its cameras are given."""

from __future__ import annotations

from ibrl_ros.commands.checks.finding import Finding, Setup


def check(setup: Setup) -> list[Finding]:
    """Findings on the success detector and on the task's cameras."""
    return [success(setup), *unseen(setup)]


def success(setup: Setup) -> Finding:
    """Check that the task's success detector works in this setup."""
    task, detector = setup.task, setup.task.success.detector
    says = f"{task.name}: success detector {detector.replace('_', ' ')}"
    if detector == "ground_truth" and not setup.simulated:
        do = (
            "copy robot_configs/tasks/{name}.yaml to a new task "
            "and set success.detector to rule or person (docs/tasks.md)"
        )
        return Finding("task", "missing", f"{says} works in simulation only", do.format(name=task.name))
    return Finding("task", "ok", says)


def unseen(setup: Setup) -> list[Finding]:
    """Check that each camera used by the task is given."""
    if setup.simulated or not setup.cameras:  # no camera given: the user starts the camera nodes
        return []
    missing = [camera for camera in setup.task.watched_cameras if camera not in setup.cameras]
    if not missing:
        return []
    wanted = ",".join(f"{camera}=CONFIG" for camera in setup.task.watched_cameras)
    says = f"{setup.task.name} uses {', '.join(missing)}, but no such camera is given"
    return [Finding("task's cameras", "warning", says, f"give --cameras {wanted}; cameras:= at the launch")]
