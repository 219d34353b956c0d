from __future__ import annotations

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from ibrl_ros.rl.choice import candidate_values, choose, pick, soft_probabilities
from ibrl_ros.rl.draws import Draws

rows = st.lists(st.lists(st.floats(-5, 5, width=32), min_size=3, max_size=3), min_size=1, max_size=5)


@given(rows)
def test_ibrl_chooses_a_best_candidate(values: list[list[float]]) -> None:
    q = torch.tensor(values)
    index = choose(q, "ibrl", 1.0, Draws(0))
    assert torch.equal(pick(q, index), q.amax(1))


@given(rows)
def test_rl_chooses_its_own(values: list[list[float]]) -> None:
    assert not choose(torch.tensor(values), "rl", 1.0, Draws(0)).any()


@given(rows, st.floats(0.1, 50))
def test_soft_probabilities_are_in_proportion_to_exp_beta_q(values: list[list[float]], beta: float) -> None:
    q = torch.tensor(values)
    p = soft_probabilities(q, beta)
    torch.testing.assert_close(p.sum(1), torch.ones(len(q)))
    expected = (beta * (q - q.amax(1, keepdim=True))).exp()
    torch.testing.assert_close(p, expected / expected.sum(1, keepdim=True))


@settings(deadline=None, max_examples=5)
@given(st.integers(0, 1000))
def test_soft_choices_come_as_often_as_their_probability(seed: int) -> None:
    q = torch.tensor([[0.0, 0.05, 0.1]])
    index = choose(q.expand(20_000, -1), "ibrl_soft", 10.0, Draws(seed))
    frequency = index.bincount(minlength=3) / 20_000
    torch.testing.assert_close(frequency, soft_probabilities(q, 10.0)[0], atol=0.02, rtol=0)


def test_bc_is_the_first_proposal() -> None:
    assert choose(torch.randn(4, 3), "bc", 1.0, Draws(0)).tolist() == [1, 1, 1, 1]


@settings(deadline=None, max_examples=5)
@given(st.integers(0, 1000), st.sampled_from([0.0, 0.3, 1.0]))
def test_epsilon_is_how_often_the_choice_is_uniform(seed: int, epsilon: float) -> None:
    q = torch.tensor([[0.0, 1.0, 0.5]]).expand(20_000, -1)
    frequency = choose(q, "ibrl", 1.0, Draws(seed), epsilon).bincount(minlength=3) / 20_000
    expected = torch.tensor([epsilon / 3, 1 - epsilon * 2 / 3, epsilon / 3])
    torch.testing.assert_close(frequency, expected, atol=0.02, rtol=0)


def test_rl_knows_no_epsilon() -> None:
    assert not choose(torch.randn(100, 3), "rl", 1.0, Draws(0), epsilon=1.0).any()


members = st.integers(1, 4).flatmap(
    lambda count: st.lists(
        st.lists(
            st.lists(st.floats(-5, 5, width=32), min_size=count, max_size=count), min_size=3, max_size=3
        ),
        min_size=1,
        max_size=5,
    )
)


@given(members)
def test_the_actor_is_judged_by_the_lowest_member(values: list[list[list[float]]]) -> None:
    q = torch.tensor(values)
    assert torch.equal(candidate_values(q, "lowest"), q.amin(-1))
    assert torch.equal(candidate_values(q, "mean")[:, 0], q[:, 0].amin(-1))
    torch.testing.assert_close(candidate_values(q, "mean")[:, 1:], q[:, 1:].mean(-1))
    assert torch.equal(candidate_values(q, "highest")[:, 0], q[:, 0].amin(-1))
    assert torch.equal(candidate_values(q, "highest")[:, 1:], q[:, 1:].amax(-1))


@given(members)
def test_members_that_agree_judge_alike(values: list[list[list[float]]]) -> None:
    agreed = torch.tensor(values)[..., :1].expand(-1, -1, 3)
    for proposals_by in ("mean", "highest"):
        torch.testing.assert_close(candidate_values(agreed, proposals_by), candidate_values(agreed, "lowest"))
