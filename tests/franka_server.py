"""franky-sim's robot server with a block on the table, as a program: `python franka_server.py [JOINTS]`.

It speaks the robot's own network protocol on a free loopback address. A line of JSON says the address, then,
20 times a second, where the block and the hand truly are. A line on its input is one of WORDS.
"""

from __future__ import annotations

import json
import math
import queue
import sys
import threading
import xml.etree.ElementTree as ET

import franky_sim
from franky_sim.base_simulator import BaseRobot
from franky_sim.franka_gripper_protocol import GripperCommand, GripperCommandStatus
from franky_sim.franka_gripper_server import FrankaGripperServer
from franky_sim.franka_server import BaseCommand
from franky_sim.mujoco_simulator import MujocoSimulator

BLOCK_M = 0.04
TCP_FROM_HAND_M = 0.1034
EVERY_CYCLES = 50
HOME_RAD = (0.0, 0.0086, 0.0, -2.3619, 0.0, 2.3705, math.pi / 4)
"""Above the middle of Lift's box, gripper down: from outside of it the robot doesn't set out."""


def add_block(sim: MujocoSimulator) -> None:
    half = BLOCK_M / 2
    block = ET.SubElement(sim.worldbody, "body", name="block", pos=f"0.48 0.06 {half}", euler="0 0 0.3")
    ET.SubElement(block, "freejoint", name="block")
    size, friction = f"{half} {half} {half}", "1.5 0.02 0.0002"
    ET.SubElement(block, "geom", type="box", size=size, mass="0.08", friction=friction, condim="4")


def truth(sim: MujocoSimulator) -> str:
    block = sim.data.body("block")
    yaw = math.atan2(block.xmat[3], block.xmat[0])
    fastest = max(map(abs, sim.data.qvel[:7]))
    hand = sim.data.body("robot0_hand")
    tcp = hand.xpos + TCP_FROM_HAND_M * hand.xmat.reshape(3, 3)[:, 2]
    places = {"block_m": block.xpos.tolist(), "block_yaw_rad": yaw, "tcp_m": tcp.tolist()}
    return json.dumps({**places, "fastest_rad_s": fastest, "time_s": sim.data.time})


def put_back(sim: MujocoSimulator) -> None:
    joint = sim.data.joint("block")
    joint.qpos[:], joint.qvel[:] = sim.model.joint("block").qpos0, 0.0


class Hand:
    """Lets the hand refuse to open and to close, while it is told to."""

    refuses = False

    @classmethod
    def teach(cls) -> None:
        start_move, start_grasp = FrankaGripperServer.start_move, FrankaGripperServer.start_grasp

        def move(self: FrankaGripperServer, *args: object) -> None:
            cls._refuse(GripperCommand.kMove, *args) if cls.refuses else start_move(self, *args)

        def grasp(self: FrankaGripperServer, *args: object) -> None:
            cls._refuse(GripperCommand.kGrasp, *args) if cls.refuses else start_grasp(self, *args)

        FrankaGripperServer.start_move, FrankaGripperServer.start_grasp = move, grasp

    @staticmethod
    def _refuse(command: GripperCommand, *args: object) -> None:
        *_, number, connection = args
        status = GripperCommandStatus.kFail
        BaseCommand.send_response(
            connection, command, number, status, command_type_struct="H", status_type_struct="H"
        )


def obey(word: str, sim: MujocoSimulator, server: franky_sim.SimulationServer, robot: BaseRobot) -> None:
    """Do what the test wants: WORDS."""
    if word == "block back":
        put_back(sim)
    elif word == "stop motion":
        server.robot_servers[0].stop_motion()
    elif word == "push fingers":
        robot.set_hand_goal(0.02, 0.2, 70.0)  # as if by hand: no command knows of it
    else:
        Hand.refuses = word == "hand refuses"


WORDS = ("block back", "stop motion", "push fingers", "hand refuses", "hand obeys")


def main() -> None:
    words: queue.SimpleQueue[str] = queue.SimpleQueue()
    threading.Thread(target=lambda: [words.put(line.strip()) for line in sys.stdin], daemon=True).start()
    Hand.teach()
    with MujocoSimulator() as sim:
        add_block(sim)
        robot = sim.add_robot(
            initial_q=json.loads(sys.argv[1]) if sys.argv[1:] else HOME_RAD, initial_hand_width=0.08
        )
        with franky_sim.SimulationServer(sim) as server:
            print(json.dumps({"address": robot.hostname}), flush=True)
            cycle = 0
            while sys.stdout:
                server.run_once()
                if not words.empty():
                    obey(words.get(), sim, server, robot)
                cycle += 1
                if cycle % EVERY_CYCLES == 0:
                    print(truth(sim), flush=True)


if __name__ == "__main__":
    main()
