from __future__ import annotations

import pytest

from ibrl_ros.control.step.latency import Latency
from ibrl_ros.control.step.percentiles import WINDOW, Percentiles


def test_only_the_first_target_after_an_action_counts() -> None:
    latency = Latency()
    assert latency.report() == {}
    latency.commanded(0.9)
    latency.acted(1.0)
    for now_s in (1.03, 1.05, 1.07):
        latency.commanded(now_s)
    latency.acted(1.1)
    latency.commanded(1.15)
    report = latency.report()
    assert report["actions"] == "2"
    assert float(report["latency_p50_ms"]) == pytest.approx(40)
    assert float(report["latency_max_ms"]) == pytest.approx(50)


def test_a_hand_counts_only_where_it_was_followed() -> None:
    latency = Latency()
    latency.acted(1.0)
    latency.commanded(1.1)
    assert "followed" not in latency.report()
    latency.acted(2.0, hand_s=2.05)
    latency.commanded(2.07)
    report = latency.report()
    assert (report["actions"], report["followed"]) == ("2", "1")
    assert float(report["hand_latency_p99_ms"]) == pytest.approx(20)
    assert float(report["latency_max_ms"]) == pytest.approx(100)


def test_percentiles_are_of_the_last_window() -> None:
    spread = Percentiles()
    assert set(spread.report("late").values()) == {"0.00"}
    spread.add(9.0)
    for number in range(WINDOW):
        spread.add(number * 1e-3)
    report = {key: float(value) for key, value in spread.report("late").items()}
    assert report["late_max_ms"] == pytest.approx(WINDOW - 1)
    assert report["late_p50_ms"] == pytest.approx((WINDOW - 1) / 2)
    assert report["late_p50_ms"] < report["late_p99_ms"] < report["late_max_ms"]
