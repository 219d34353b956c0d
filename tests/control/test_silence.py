"""How long another process has said nothing, whatever happened to this one."""

from __future__ import annotations

from ibrl_ros.control.silence import Silence

LIMIT_S = 1.5


class Clock:
    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def watched(clock: Clock, silence: Silence, seconds: float) -> list[bool]:
    """What it says, looked at ten times a second for so long."""
    said = []
    for _ in range(round(seconds * 10)):
        clock.now_s += 0.1
        said.append(silence.too_long())
    return said


def test_a_silence_is_too_long_above_the_limit_until_something_is_heard() -> None:
    clock = Clock()
    silence = Silence(LIMIT_S, clock)
    said = watched(clock, silence, 3.0)
    assert not any(said[:14]) and all(said[16:])
    silence.heard()
    assert not silence.too_long()


def test_time_in_which_this_process_was_stopped_itself_does_not_count() -> None:
    clock = Clock()
    silence = Silence(LIMIT_S, clock)
    watched(clock, silence, 1.0)
    clock.now_s += 10.0
    assert not silence.too_long(), "what was said meanwhile isn't read yet"
    assert watched(clock, silence, 2.0)[-1], "the other one is silent indeed"
