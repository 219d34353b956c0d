"""The doors of this project: what can be extended, and where the classes of each kind stand."""

from __future__ import annotations

from ibrl_ros.register import Register

ALGORITHMS = Register("algorithm", "ibrl_ros.rl", "ibrl_ros.rl.agent:Agent")
PROPOSALS = Register("imitation policy", "ibrl_ros.rl.proposals", "ibrl_ros.rl.proposals.bc_policy:BcPolicy")
FORMATS = Register("data format", "ibrl_ros.data.formats", "ibrl_ros.data.format:Format")
CAMERAS = Register("camera", "ibrl_ros.cameras.kinds", "ibrl_ros.cameras.camera:Camera")
DETECTORS = Register(
    "success detector", "ibrl_ros.control.episode.detectors", "ibrl_ros.control.episode.detector:Detector"
)
TASKS = Register("simulated task", "ibrl_ros.sim.tasks", "ibrl_ros.sim.task:Task")
ARMS = Register("simulated arm", "ibrl_ros.sim.arms", "ibrl_ros.sim.arm:Arm")
DEVICES = Register("teleoperation device", "ibrl_ros.teleop.devices", "ibrl_ros.teleop.device:Device")
OPERATORS = Register("scripted operator", "ibrl_ros.teleop.operators", "ibrl_ros.teleop.operator:Operator")
