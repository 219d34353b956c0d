"""The agent computes what the published implementation computed, given the same weights, inputs and draws."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from conformance.candidate import compute
from conformance.case import Case
from conformance.compare import is_given, mismatches

from ibrl_ros.rl.networks import spatial

DEFAULT = Path(__file__).parents[1] / "data" / "conformance"
FOLDER = Path(os.environ.get("IBRL_CONFORMANCE_DIR", DEFAULT))
FILES = [path for kind in ("pixel", "state", "drq") for path in sorted(FOLDER.glob(f"{kind}_*.npz"))]

# About the reference's own interpolation, which whole-pixel shifts don't have.
NOT_OURS = ("aug_maxdev_from_int",)

#: Without TF32, which only `find_device` sets.
DEVICES = ["cpu", *(["cuda"] if torch.cuda.is_available() else [])]


def test_there_are_cases() -> None:
    assert FILES, f"no pixel_*.npz, state_*.npz or drq_*.npz in {FOLDER}"


@pytest.fixture(params=["kernel", "pytorch"])
def computed_by(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Both ways of the spatial embedding; the kernel's is for one thread."""
    if request.param == "pytorch":
        monkeypatch.setattr(spatial, "_kernel", None)
    elif spatial._kernel is None:
        pytest.skip("built without a C compiler")
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield request.param
    torch.set_num_threads(threads)


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_agrees_with_the_published_implementation(
    path: Path, device: str, computed_by: str, capsys: pytest.CaptureFixture[str]
) -> None:
    case = Case(path, torch.device(device))
    expected = {key for key in case.arrays if not is_given(key) and not key.endswith(NOT_OURS)}
    ours = compute(case)

    unknown = sorted(expected - set(ours))
    assert not unknown, f"{path.name} holds what isn't computed here: {unknown}"
    with capsys.disabled():
        print(f"\n{path.name}, by {computed_by}: {len(expected)} keys compared")
    assert mismatches(case.arrays, ours) == []


def test_a_wrong_value_is_noticed() -> None:
    case = Case(FILES[0])
    ours = compute(case)
    ours["upd0/td_target"] = ours["upd0/td_target"] + 1e-3
    assert [line.split(":")[0] for line in mismatches(case.arrays, ours)] == ["upd0/td_target"]
