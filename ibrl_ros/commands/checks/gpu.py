"""What PyTorch can compute on."""

from __future__ import annotations

from ibrl_ros.commands.checks.finding import Finding, Setup


def check(setup: Setup) -> list[Finding]:
    """The GPU, if there is one."""
    import torch

    if torch.cuda.is_available():
        device = torch.cuda.get_device_properties(0)
        return [Finding("GPU", "ok", f"{device.name}, {device.total_memory / 2**30:.0f} GiB")]
    absent = Finding(
        "GPU",
        "warning",
        "PyTorch sees none",
        "take a small_* agent: those of the paper's size need seconds an update",
    )
    return [absent.excused("the small_* agents need none") if setup.simulated else absent]
