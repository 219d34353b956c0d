"""How well the scripted operator does on each clock: `python tests/system/measure_clocks.py`, in JSON lines.

Each seed is collected in lockstep and then in real time, so that both meet the same machine; once with
nothing beside them and once with a process that keeps a core busy.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from launches import Launch

_ENDED = re.compile(r"demonstration \d+/\d+: (\w+)[^\n]* in (\d+) steps|(episode dropped)")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--episodes", type=int, default=20)
    parser.add_argument("--busy", type=int, nargs="+", default=[0, 1], help="how many cores others keep busy")
    parser.add_argument("--noise", type=float, default=0.3, help="of the operator's hand")
    parser.add_argument("--task", default="lift")
    arguments = parser.parse_args()
    for busy in arguments.busy:
        for seed in arguments.seeds:
            for clock in ("lockstep", "real_time"):
                others = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(busy)]
                try:
                    measured = collected(clock, seed, arguments)
                finally:
                    for other in others:
                        other.kill()
                        other.wait()
                about = {"clock": clock, "seed": seed, "busy": busy, "load": round(os.getloadavg()[0], 1)}
                print(json.dumps({**about, **measured}), flush=True)


def collected(clock: str, seed: int, arguments: argparse.Namespace) -> dict[str, float]:
    """What became of the first so many episodes of a collection."""
    with tempfile.TemporaryDirectory() as folder:
        values = {
            "clock": clock,
            "seed": seed,
            "task": arguments.task,
            "operator_noise": arguments.noise,
            "num_demos": arguments.episodes,
            "run_dir": f"{folder}/run",
        }
        words = [f"{key}:={value}" for key, value in values.items()]
        launch = Launch(Path(folder), "launch", "ibrl_ros", "collect_demos.launch.py", *words)
        try:
            launch.process.wait(600)
        finally:
            launch.end()
        ended = _ENDED.findall(launch.output)
    stored = [(outcome, int(steps)) for outcome, steps, dropped in ended if not dropped]
    stored = stored[: arguments.episodes]
    steps = [steps for _, steps in stored]
    return {
        "episodes": len(stored),
        "success": sum(outcome == "success" for outcome, _ in stored),
        "median_steps": statistics.median(steps) if steps else 0.0,
        "dropped": sum(bool(dropped) for _, _, dropped in ended),
    }


if __name__ == "__main__":
    main()
