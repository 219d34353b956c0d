from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ibrl_ros.control.episode.film import PAUSE_FRAMES, Film
from ibrl_ros.control.episode.machine import EpisodeCourse, EpisodeMachine, EpisodeState

RATE_HZ = 10.0
START_S = 5.0


def pixels(number: int) -> np.ndarray:
    return np.full((2, 3, 3), number, np.uint8)


def shown(film: Film) -> list[int]:
    return [int(frame[0, 0, 0]) for frame in film.frames]


def course(state: EpisodeState, name: str, ended_id: str = "") -> EpisodeCourse:
    """Where a run is with this episode."""
    return replace(EpisodeMachine(0, 10).course(), state=state, id=name, ended_id=ended_id)


def running(film: Film, name: str, stamp_s: float) -> None:
    film.follow(course(EpisodeState.RUNNING, name), stamp_s)


def ended(film: Film, name: str, stamp_s: float, state: str = "ended") -> None:
    film.follow(course(EpisodeState(state), name, ended_id=name), stamp_s)


def frame(film: Film, number: int) -> None:
    """The frame of a step of an episode that starts at START_S, showing the step's number."""
    film.frame(START_S + number / RATE_HZ, pixels(number))


@pytest.mark.parametrize("status_after", [4, 5, 6])
def test_an_episode_ends_with_the_frame_at_which_it_was_ended(status_after: int) -> None:
    film = Film(RATE_HZ)
    frame(film, 0)
    running(film, "a", START_S)
    for step in range(1, 8):
        frame(film, step)
        if step == status_after:
            ended(film, "a", START_S + 5 / RATE_HZ)
    last = max(5, status_after)
    assert shown(film) == [*range(last + 1), *[last] * PAUSE_FRAMES]
    assert film.episodes == 1


def test_for_a_lost_last_frame_stands_the_one_before_and_the_next_scene_stays_out() -> None:
    film = Film(RATE_HZ)
    running(film, "a", START_S)
    for step in range(5):
        frame(film, step)
    ended(film, "a", START_S + 5 / RATE_HZ)
    assert film.episodes == 0
    film.frame(START_S + 20, pixels(99))
    assert film.episodes == 1
    assert shown(film) == [0, 1, 2, 3, 4, *[4] * (1 + PAUSE_FRAMES)]
    running(film, "b", START_S + 20)
    assert shown(film)[-1] == 99


@given(st.sets(st.integers(1, 30)))
def test_lost_frames_take_no_time_away(lost: set[int]) -> None:
    film = Film(RATE_HZ)
    running(film, "a", START_S)
    for step in sorted(set(range(32)) - lost):
        frame(film, step)
    assert len(film.frames) == 32
    for step, number in enumerate(shown(film)):
        assert number == max(n for n in range(step + 1) if n not in lost)


def test_a_camera_faster_than_the_film_gives_a_frame_a_step() -> None:
    film = Film(RATE_HZ)
    running(film, "a", START_S)
    for number in range(51):
        film.frame(START_S + number / 50, pixels(number))
    assert len(film.frames) == 11
    assert shown(film)[-1] == 50


def test_repeated_frames_and_statuses_change_nothing() -> None:
    film = Film(RATE_HZ)
    for _ in range(3):
        running(film, "a", START_S)
        frame(film, 0)
    frame(film, 1)
    for state in ("ended", "ended", "homing", "waiting"):
        ended(film, "a", START_S + 1 / RATE_HZ, state)
    assert film.episodes == 1
    assert shown(film) == [0, 1] + [1] * PAUSE_FRAMES


def test_what_is_cut_short_is_kept() -> None:
    film = Film(RATE_HZ)
    film.cut()
    assert (film.frames, film.episodes) == ([], 0)
    running(film, "a", START_S)
    frame(film, 0)
    film.cut()
    assert (len(film.frames), film.episodes) == (1 + PAUSE_FRAMES, 1)
