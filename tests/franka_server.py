"""franky-sim's robot server with a block on the table, as a program: `python franka_server.py`.

It speaks the robot's own network protocol on a free loopback address. A line of JSON says the address, then,
20 times a second, where the block and the hand truly are. A line on its input puts the block back.
"""

from __future__ import annotations

import json
import math
import sys
import threading
import xml.etree.ElementTree as ET

import franky_sim
from franky_sim.mujoco_simulator import MujocoSimulator

BLOCK_M = 0.04
TCP_FROM_HAND_M = 0.1034
EVERY_CYCLES = 50
READY_RAD = (0.0, -math.pi / 4, 0.0, -3 * math.pi / 4, 0.0, math.pi / 2, math.pi / 4)


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


def main() -> None:
    wanted_back = threading.Event()
    threading.Thread(target=lambda: [wanted_back.set() for _ in sys.stdin], daemon=True).start()
    with MujocoSimulator() as sim:
        add_block(sim)
        robot = sim.add_robot(initial_q=READY_RAD, initial_hand_width=0.08)
        with franky_sim.SimulationServer(sim) as server:
            print(json.dumps({"address": robot.hostname}), flush=True)
            cycle = 0
            while sys.stdout:
                server.run_once()
                if wanted_back.is_set():
                    wanted_back.clear()
                    put_back(sim)
                cycle += 1
                if cycle % EVERY_CYCLES == 0:
                    print(truth(sim), flush=True)


if __name__ == "__main__":
    main()
