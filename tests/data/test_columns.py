"""The arrays of the replay buffer, against numpy's."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ibrl_ros.data.columns import Column
from ibrl_ros.data.rows import FreeRows, RowList


@given(st.lists(st.integers(0, 50), max_size=20))
def test_a_column_holds_what_was_put_and_little_more(lengths: list[int]) -> None:
    column, end = Column((2,), np.float32), 0
    parts = [np.full((length, 2), index, np.float32) for index, length in enumerate(lengths)]
    for part in parts:
        column.put(np.arange(end, end + len(part)), part)
        end += len(part)
    expected = np.concatenate([np.empty((0, 2), np.float32), *parts])
    np.testing.assert_array_equal(column.values, expected)
    assert expected.nbytes <= column.nbytes <= 1.05 * expected.nbytes
    again = np.arange(0, end, 2)
    column.put(again, -1)
    expected[again] = -1
    np.testing.assert_array_equal(column.gather(np.arange(end)), expected)


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=20))
def test_no_row_is_given_twice_and_none_is_lost(turns: list[tuple[int, int]]) -> None:
    """In each turn some rows are taken, then some are given back."""
    free, listed, held, most = FreeRows(), RowList(), list[int](), 0
    for taken, returned in turns:
        rows = free.take(taken)
        assert len(set(rows.tolist())) == taken and not set(held) & set(rows.tolist())
        listed.append(rows)
        held += rows.tolist()
        most = max(most, len(held))
        back, held = held[:returned], held[returned:]
        free.give_back(np.array(back, np.int64))
        listed.remove(np.array(back, np.int64))
        assert listed.values.tolist() == held and len(listed) == len(held)
    assert all(row < most for row in free.take(most - len(held)))
