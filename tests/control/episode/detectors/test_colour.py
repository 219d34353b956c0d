import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from ibrl_ros.control.episode.detectors.colour import ColourConfig, ColourRule, PatchConfig, colour_share

PROP = np.zeros(8)
RED, GREEN, BLUE, GREY, BLACK = (200, 20, 30), (20, 200, 30), (20, 30, 200), (90, 90, 90), (9, 1, 1)
HUES = {RED: (345.0, 15.0), GREEN: (100.0, 140.0), BLUE: (220.0, 260.0)}
pictures = arrays(np.uint8, st.tuples(st.integers(1, 40), st.integers(1, 40), st.just(3)))


def between_hues(low: int, high: int) -> st.SearchStrategy[float]:
    """A bound, in degrees, that no pixel lies on: hues are ratios of bytes. It would belong to both sides."""
    return st.integers(low, high).map(lambda degrees: degrees + 1 / np.pi)


def plain(colour: tuple[int, int, int], height: int = 20, width: int = 30) -> np.ndarray:
    return np.full((height, width, 3), colour, np.uint8)


def patch(hue_deg: tuple[float, float] = HUES[RED], **settings: object) -> PatchConfig:
    return PatchConfig.model_validate({"hue_deg": hue_deg, "share": (0.1, 1.0), **settings})


def rule(*patches: PatchConfig, held_steps: int = 1) -> ColourRule:
    return ColourRule(
        ColourConfig(kind="colour", camera="side", patches=patches or (patch(),), held_steps=held_steps)
    )


@pytest.mark.parametrize("hue", HUES.values())
@pytest.mark.parametrize("colour", [*HUES, GREY, BLACK])
def test_a_plain_picture_has_its_own_colour_only(
    hue: tuple[float, float], colour: tuple[int, int, int]
) -> None:
    assert colour_share(patch(hue), plain(colour)) == (HUES.get(colour) == hue)


@given(picture=pictures, low=between_hues(1, 178), high=between_hues(180, 358))
def test_a_range_and_the_rest_of_the_circle_share_the_pixels(
    picture: np.ndarray, low: float, high: float
) -> None:
    loose: dict = {"saturation_min": 0.0, "value_min": 0.0}
    inside = colour_share(patch((low, high), **loose), picture)
    outside = colour_share(patch((high, low), **loose), picture)
    assert inside + outside == pytest.approx(1)


@given(picture=pictures, saturation=st.floats(0, 1), value=st.floats(0, 1))
def test_a_stricter_patch_never_sees_more(picture: np.ndarray, saturation: float, value: float) -> None:
    strict = patch(saturation_min=saturation, value_min=value)
    assert colour_share(strict, picture) <= colour_share(patch(saturation_min=0.0, value_min=0.0), picture)


@given(picture=pictures, saturation=st.floats(0.01, 0.99))
def test_greyer_and_more_colourful_pixels_are_all_there_are(picture: np.ndarray, saturation: float) -> None:
    anything: dict = {"hue_deg": (0.0, 360.0), "value_min": 0.0}
    greyer = colour_share(patch(saturation_min=0.0, saturation_max=saturation, **anything), picture)
    assert greyer + colour_share(patch(saturation_min=saturation, **anything), picture) == pytest.approx(
        1, abs=0.01
    )


@given(picture=pictures, region=st.tuples(*[st.floats(0, 0.99)] * 2, *[st.floats(0.01, 1)] * 2))
def test_any_region_has_a_share(picture: np.ndarray, region: tuple[float, ...]) -> None:
    left, top, right, bottom = region
    if left < right and top < bottom:
        assert 0 <= colour_share(patch(region=region), picture) <= 1


def test_only_the_region_counts() -> None:
    picture = plain(GREY)
    picture[5:10, 15:30] = RED  # the second quarter from above, the right half
    assert colour_share(patch(region=(0.5, 0.25, 1.0, 0.5)), picture) == 1
    assert colour_share(patch(region=(0.0, 0.25, 1.0, 0.5)), picture) == 0.5
    assert colour_share(patch(region=(0.0, 0.5, 1.0, 1.0)), picture) == 0


def test_all_patches_must_be_as_they_say() -> None:
    both = rule(patch(HUES[RED]), patch(HUES[GREEN], share=(0.0, 0.1)))
    picture = plain(RED)
    assert both.update(PROP, picture)
    picture[:, :10] = GREEN
    assert not both.update(PROP, picture)


def test_it_must_be_seen_for_some_steps_in_a_row() -> None:
    held = rule(held_steps=2)
    seen = [held.update(PROP, plain(colour)) for colour in (RED, GREY, RED, RED, RED, GREY)]
    assert seen == [False, False, False, True, True, False]


def test_a_reset_forgets_what_was_seen() -> None:
    held = rule(held_steps=2)
    held.update(PROP, plain(RED))
    held.reset()
    assert not held.update(PROP, plain(RED))


def test_without_a_picture_nothing_is_seen() -> None:
    held = rule(held_steps=2)
    held.update(PROP, plain(RED))
    assert not held.update(PROP, None)
    assert not held.update(PROP, plain(RED))
