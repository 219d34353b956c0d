"""Which of a candidate's values differ from a case's."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

Arrays = Mapping[str, np.ndarray]

LEARNING_RATE = 1e-4


def is_given(key: str) -> bool:
    """Whether the case gives this to the candidate, rather than expects it."""
    return "draw_" in key or "/in/" in key or key.startswith(("in/", "param/"))


def mismatches(reference: Arrays, candidate: Arrays, rtol: float = 2e-4, atol: float = 2e-5) -> list[str]:
    """A line for each shared key that differs.

    Tolerances grow with the update, since Adam's signs drift. Parameters after a step count only where the
    gradient isn't null: Adam turns rounding noise into a whole step there.
    """
    found = []
    for key, expected in reference.items():
        if is_given(key) or key not in candidate:
            continue
        if expected.shape != candidate[key].shape:
            found.append(f"{key}: shape {candidate[key].shape}, not {expected.shape}")
            continue
        a, b = np.asarray(expected, np.float64), np.asarray(candidate[key], np.float64)
        step = _step(key)
        error = np.abs(a - b)
        limit = (1 + 10 * step) * (atol + rtol * np.abs(a).max(initial=0))
        if key.endswith("#digest"):
            different = (error / (np.abs(a) + 1e-9))[[2, 3]].max() >= 5e-3
        elif "/post/" in key:
            real = _has_gradient(reference, key, step)
            different = (error[real] > limit).any() or error.max() > 2.1 * LEARNING_RATE * (step + 1)
        else:
            different = (error > limit).any()
        if different:
            found.append(f"{key}: off by {error.max():.3g}, largest {np.abs(a).max(initial=0):.3g}")
    return found


def _step(key: str) -> int:
    return int(key.split("/")[0].removeprefix("upd")) if key.startswith("upd") else 0


def _has_gradient(reference: Arrays, key: str, step: int) -> np.ndarray:
    """Where the parameter had a real gradient in every update so far."""
    parameter = key.split("/post/")[1].replace("_target.", ".")
    module = parameter.split(".")[0]
    mask = np.ones(reference[key].shape, bool)
    for update in range(step + 1):
        gradient = reference.get(f"upd{update}/grad/{parameter}")
        if gradient is None:
            return np.zeros_like(mask)
        mask &= np.abs(gradient) > 1e-4 * _largest_gradient(reference, f"upd{update}/grad/{module}.")
    return mask


def _largest_gradient(reference: Arrays, prefix: str) -> float:
    gradients = (v for k, v in reference.items() if k.startswith(prefix) and not k.endswith("#digest"))
    return max(np.abs(gradient).max() for gradient in gradients)
