"""Checks whether PyTorch can use a GPU, and says what will be done with it."""

from __future__ import annotations

from typing import Any

from ibrl_ros.commands.checks.finding import Finding, Setup


def check(setup: Setup) -> list[Finding]:
    """The finding on the GPU; without one it is ok in simulation only."""
    try:
        import torch
    except ImportError:
        do = "only where policy or learner run: pip install -e '.[learn]' in the checkout"
        return [Finding("GPU", "warning", "PyTorch isn't installed", do)]
    if torch.cuda.is_available():
        count = torch.cuda.device_count()
        return [_found(number, torch.cuda.get_device_properties(number)) for number in range(count)]
    absent = Finding(
        "GPU",
        "warning",
        "PyTorch finds none: learning and acting use the processor",
        "use a small_* agent: without a GPU an agent of the paper's size needs seconds per update",
    )
    return [absent.excused("the small_* agents need none") if setup.simulated else absent]


def _found(number: int, gpu: Any) -> Finding:
    use = "learning and acting use it, unless device:= says otherwise"
    name = "GPU"
    if number:
        name, use = f"GPU {number}", f"used with device:=cuda:{number}"
    return Finding(name, "ok", f"{gpu.name}, {gpu.total_memory / 2**30:.0f} GiB; {use}")
