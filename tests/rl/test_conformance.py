"""The agent computes what the published implementation computed, given the same weights, inputs and draws."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from conformance.candidate import compute
from conformance.case import Case
from conformance.compare import is_given, mismatches

DEFAULT = Path(__file__).parents[1] / "data" / "conformance"
FOLDER = Path(os.environ.get("IBRL_CONFORMANCE_DIR", DEFAULT))
FILES = [path for kind in ("pixel", "state", "drq") for path in sorted(FOLDER.glob(f"{kind}_*.npz"))]

# About the reference's own interpolation, which whole-pixel shifts don't have.
NOT_OURS = ("aug_maxdev_from_int",)


def test_there_are_cases() -> None:
    assert FILES, f"no pixel_*.npz, state_*.npz or drq_*.npz in {FOLDER}"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_agrees_with_the_published_implementation(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    case = Case(path)
    expected = {key for key in case.arrays if not is_given(key) and not key.endswith(NOT_OURS)}
    ours = compute(case)

    unknown = sorted(expected - set(ours))
    assert not unknown, f"{path.name} holds what isn't computed here: {unknown}"
    with capsys.disabled():
        print(f"\n{path.name}: {len(expected)} keys compared")
    assert mismatches(case.arrays, ours) == []


def test_a_wrong_value_is_noticed() -> None:
    case = Case(FILES[0])
    ours = compute(case)
    ours["upd0/td_target"] = ours["upd0/td_target"] + 1e-3
    assert [line.split(":")[0] for line in mismatches(case.arrays, ours)] == ["upd0/td_target"]
