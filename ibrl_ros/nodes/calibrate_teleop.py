"""calibrate_teleop: finds the Quest controller's axes relative to the robot's, and writes a configuration."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import yaml

from ibrl_ros.config import ConfigError, TeleopConfig, load_device, load_teleop
from ibrl_ros.ros.command_lines import launch_word
from ibrl_ros.teleop.devices.quest import QuestConfig, make_reader
from ibrl_ros.teleop.wizard import Wizard


def main() -> None:
    """Ask for three motions; write the configuration with the axes that they show."""
    parser = argparse.ArgumentParser(prog="calibrate_teleop", description=main.__doc__)
    parser.add_argument("--config", default="default", help="a file of robot_configs/teleop, or a path")
    parser.add_argument("--output", type=Path, default=Path("my_teleop.yaml"), help="the file to write")
    arguments = parser.parse_args()
    try:
        config = load_teleop(arguments.config)
        quest = load_device(arguments.config, "quest")
        assert isinstance(quest, QuestConfig)
    except ConfigError as error:
        sys.exit(str(error))
    if arguments.output.exists():
        sys.exit(f"{arguments.output} is there already; give --output another name")
    reader = make_reader(quest)
    axes = Wizard(reader, say=lambda text: print(text, flush=True)).run()
    reader.close()
    _write(arguments.output, config, quest.model_copy(update={"axes": axes}))
    use = launch_word("teleop_config", arguments.output.resolve())
    print(f"axes {list(axes)} written; use it: teleop:=quest {use}")


def _write(path: Path, config: TeleopConfig, quest: QuestConfig) -> None:
    """Write the teleoperation configuration with this section `quest`."""
    content = {**config.model_dump(mode="json"), "quest": quest.model_dump(mode="json")}
    path.write_text(yaml.safe_dump(content, sort_keys=False))


if __name__ == "__main__":
    main()
