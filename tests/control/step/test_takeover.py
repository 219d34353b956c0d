"""Who moves the robot: a broken link never hands it to the policy."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ibrl_ros.control.step.takeover import Hand, Takeover

SQUEEZED, OPEN, LOST = Hand(squeezed=True), Hand(squeezed=False), Hand(squeezed=False, usable=False)
hands = st.one_of(st.none(), st.builds(Hand, st.booleans(), st.booleans(), st.booleans()))


def test_the_policy_goes_on_after_a_seen_release() -> None:
    takeover = Takeover()
    assert [takeover.update(hand) for hand in (None, OPEN, SQUEEZED, SQUEEZED, OPEN, LOST, None)] == [
        *("policy", "policy", "person", "person", "policy", "policy", "policy")
    ]


def test_a_broken_takeover_leaves_the_robot_to_nobody_until_it_is_squeezed_and_released() -> None:
    for broken in (None, LOST):
        takeover = Takeover()
        drivers = [takeover.update(hand) for hand in (SQUEEZED, broken, OPEN, None, OPEN, SQUEEZED, OPEN)]
        assert drivers == ["person", *["nobody"] * 4, "person", "policy"]


def test_a_person_may_let_the_policy_go_on_after_a_broken_takeover() -> None:
    takeover = Takeover()
    takeover.update(SQUEEZED)
    assert takeover.update(None) == "nobody"
    takeover.resume()
    assert takeover.update(None) == "policy"


def test_who_may_not_drive_holds_the_robot() -> None:
    takeover = Takeover(may_drive=False)
    assert [takeover.update(hand) for hand in (SQUEEZED, OPEN)] == ["nobody", "policy"]


@given(told=st.lists(hands))
def test_a_policy_that_needs_enabling_moves_only_while_the_switch_is_held(told: list[Hand | None]) -> None:
    takeover = Takeover(needs_enable=True)
    for hand in told:
        if takeover.update(hand) == "policy":
            assert hand is not None and hand.usable and hand.enabled and not hand.squeezed


@given(told=st.lists(hands))
def test_between_a_takeover_and_the_policy_there_is_always_a_seen_release(told: list[Hand | None]) -> None:
    takeover, released, was_driven = Takeover(), True, False
    for hand in told:
        driver = takeover.update(hand)
        if driver == "person":
            assert hand is not None and hand.squeezed
            released, was_driven = False, True
        elif hand is not None and hand.usable and was_driven:
            released = True
        was_driven = driver == "person"
        assert driver != "policy" or released


@given(told=st.lists(st.tuples(hands, st.booleans())))
def test_while_the_device_is_silent_the_policy_moves_nothing(
    told: list[tuple[Hand | None, bool]],
) -> None:
    takeover = Takeover()
    for hand, silent in told:
        assert not (takeover.update(hand, silent=silent) == "policy" and silent)
