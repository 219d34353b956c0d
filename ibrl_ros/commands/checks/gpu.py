"""Checks whether PyTorch can use a GPU."""

from __future__ import annotations

from ibrl_ros.commands.checks.finding import Finding, Setup


def check(setup: Setup) -> list[Finding]:
    """The finding on the GPU; without one it is ok in simulation only."""
    try:
        import torch
    except ImportError:
        do = "only where policy or learner run: pip install -e '.[learn]' in the checkout"
        return [Finding("GPU", "warning", "PyTorch isn't installed", do)]
    if torch.cuda.is_available():
        device = torch.cuda.get_device_properties(0)
        return [Finding("GPU", "ok", f"{device.name}, {device.total_memory / 2**30:.0f} GiB")]
    absent = Finding(
        "GPU",
        "warning",
        "PyTorch finds none",
        "use a small_* agent: without a GPU an agent of the paper's size needs seconds per update",
    )
    return [absent.excused("the small_* agents need none") if setup.simulated else absent]
