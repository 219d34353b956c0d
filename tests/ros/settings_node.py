"""Started by test_node_settings: a node that takes one setting of each type, and ends."""

from __future__ import annotations

from ibrl_ros.ros.runner import LoopNode, run


class SettingsNode(LoopNode):
    def __init__(self) -> None:
        super().__init__("settings_node")
        defaults = {
            "run_dir": "runs/default",
            "seed": 1,
            "operator_noise": 0.3,
            "sim": True,
            "stage": "train",
        }
        print({name: self.setting(name, default) for name, default in defaults.items()}, flush=True)

    def loop(self) -> None:
        """Nothing is left to do."""


if __name__ == "__main__":
    run(SettingsNode)
