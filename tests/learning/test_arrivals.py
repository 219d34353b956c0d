"""Several robots' episodes are taken in fixed rounds, or by turns that wait for nobody."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ibrl_ros.learning.arrivals import Arrival, Arrivals

ROBOTS = ("left", "right", "third")
ALL = [Arrival(index, robot, f"{robot}-{index}", 1) for index in range(4) for robot in ROBOTS]


def taken(queue: Arrivals) -> list[Arrival]:
    found = []
    while (first := queue.first) is not None:
        found.append(first)
        queue.drop_first()
    return found


@given(st.permutations(ALL), st.lists(st.booleans(), min_size=len(ALL), max_size=len(ALL)))
def test_in_rounds_the_order_of_arrival_does_not_matter(order: list[Arrival], looks: list[bool]) -> None:
    """Each robot sends its episodes in order; all else is any order, and the queue is looked at anytime."""
    queue, sent, found = Arrivals(ROBOTS), dict.fromkeys(ROBOTS, 0), []
    for arrival, looked in zip(order, looks, strict=True):
        own = [one for one in ALL if one.robot == arrival.robot]
        queue.add(own[sent[arrival.robot]])
        sent[arrival.robot] += 1
        if looked:
            found += taken(queue)
    assert found + taken(queue) == ALL
    assert len(queue) == queue.steps == 0 and queue.round_is_over(3) and not queue.round_is_over(4)


@given(st.lists(st.sampled_from(ROBOTS), max_size=12))
def test_in_rounds_it_names_the_episodes_that_it_waits_for(senders: list[str]) -> None:
    queue = Arrivals(ROBOTS)
    for robot in senders:
        index = queue.next_index(robot)
        queue.add(Arrival(index, robot, f"{robot}-{index}", 1))
    taken(queue)
    missing = queue.missing()
    assert missing and all(queue.next_index(robot) == index for robot, index in missing)
    for robot, index in missing:
        queue.add(Arrival(index, robot, f"{robot}-{index}", 1))
    assert taken(queue), "these were all that it waited for"


@given(st.lists(st.sampled_from(ROBOTS), max_size=30))
def test_without_rounds_no_robot_waits_for_another(senders: list[str]) -> None:
    queue = Arrivals()
    for number, robot in enumerate(senders):
        queue.add(Arrival(number, robot, str(number), 1))
    order = [one.robot for one in taken(queue)]
    assert sorted(order) == sorted(senders) and queue.missing() == []
    for turn, robot in enumerate(order):
        for other in set(order[turn:]) - {robot}:
            between = order[:turn][::-1]
            assert other not in between or robot not in between[: between.index(other)], "a turn too many"


def test_robots_that_are_not_named_have_a_fault() -> None:
    queue = Arrivals(ROBOTS)
    queue.add(Arrival(0, "", "a", 1))
    assert queue.fault(["", *ROBOTS]) == ""
    assert queue.fault(ROBOTS).startswith(
        "episodes of one robot without a name, and this training is of left, right, third: name the same"
    )
