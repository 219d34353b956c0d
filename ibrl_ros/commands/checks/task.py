"""The task: whether the robot's side can tell when it is done, and whether its cameras are given."""

from __future__ import annotations

from ibrl_ros.commands.checks.finding import Finding, Setup


def check(setup: Setup) -> list[Finding]:
    """How success is told, and the cameras that the task watches."""
    return [success(setup), *unseen(setup)]


def success(setup: Setup) -> Finding:
    """Who says that an episode succeeded."""
    task, detector = setup.task, setup.task.success.detector
    says = f"{task.name}: success is told by {detector.replace('_', ' ')}"
    if detector == "ground_truth" and not setup.simulated:
        do = (
            "a task of your own, with success.detector rule or person: "
            "copy robot_configs/tasks/{name}.yaml, see docs/tasks.md"
        )
        return Finding(
            "task", "missing", f"{says}, which only the simulation knows", do.format(name=task.name)
        )
    return Finding("task", "ok", says)


def unseen(setup: Setup) -> list[Finding]:
    """A line if a robot's task watches cameras that none is given for."""
    if setup.simulated or not setup.cameras:  # none: started by the person
        return []
    missing = [camera for camera in setup.task.watched_cameras if camera not in setup.cameras]
    if not missing:
        return []
    wanted = ",".join(f"{camera}=CONFIG" for camera in setup.task.watched_cameras)
    says = f"{setup.task.name} watches {', '.join(missing)}, which no camera is given for"
    return [Finding("task's cameras", "warning", says, f"--cameras {wanted}, and cameras:= at the launch")]
