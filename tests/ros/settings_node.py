"""Started by test_node_settings: a node that takes one setting of each type, and ends."""

from __future__ import annotations

from ibrl_ros.ros.runner import LoopNode, run


class SettingsNode(LoopNode):
    def __init__(self) -> None:
        super().__init__("settings_node")
        names = ("run_dir", "seed", "operator_noise", "sim")
        print({**{name: self.setting(name) for name in names}, "own": self.setting("own", 7)}, flush=True)

    def loop(self) -> None:
        """Nothing is left to do."""


if __name__ == "__main__":
    run(SettingsNode)
