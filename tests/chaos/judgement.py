"""What is wrong with a run after all acts, by the witness's records and the run's files; pure."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from chaos.act import Act
from chaos.heard import HANDLED, VOID, Record
from chaos.intruder import FRAME

#: A target pose that is further from the one before has moved, m.
MOVED_M = 2e-4
#: A target pose moves if one has moved so shortly before, s.
MOVING_S = 0.3
#: What a stopped node does when it goes on belongs to its stop, s.
AFTERWARDS_S = 0.5


@dataclass(frozen=True)
class Hold:
    """A failure on the way to the arm while the arm moved.

    Attributes:
        act: the failure.
        after_s: time from the failure to the last motion of the target pose, s; 0 if there was none.
    """

    act: Act
    after_s: float


def lost_episodes(records: Sequence[Record], acts: Sequence[Act], kept: Collection[str]) -> list[str]:
    """Ids of episodes that ended and are nowhere, although no act destroyed them.

    An episode has ended when the run has gone on to the next one.
    """
    destroyed = {name for act in acts for name in act.destroyed}
    return sorted(ended_episodes(records).keys() - set(kept) - destroyed)


def ended_episodes(records: Sequence[Record]) -> dict[str, str]:
    """Outcome of each ended episode by its id, without void ones, and those of which no step was done."""
    found, running, moved = {}, "", set()
    for record in records:
        if record["kind"] == "executed" and record.get("accepted", 0.0) > 0.5:
            moved.add(running)
        if record["kind"] != "episode/status":
            continue
        running = record["id"] if record["state"] == "running" else running
        ended = record["ended_id"]
        if record["state"] in HANDLED and ended in moved and record["outcome"] not in VOID:
            found[ended] = record["outcome"]
    return found


def cut_off(records: Sequence[Record], acts: Sequence[Act]) -> set[str]:
    """Ids of the episodes whose policy_node was killed after their end and before it had handled them."""
    announced: dict[str, float] = {}
    handled: dict[str, float] = {}
    for record in records:
        if record["kind"] == "episode/status" and record["state"] == "ended":
            announced.setdefault(record["ended_id"], record["t"])
        if record["kind"] == "policy/status" and record.get("handled"):
            handled.setdefault(record["handled"], record["t"])
    kills = [act.begun_s for act in acts if act.kind in ("kill", "damage")]
    return {
        one
        for one, ended_s in announced.items()
        if any(ended_s - 0.2 <= kill_s <= handled.get(one, math.inf) for kill_s in kills)
    }


def duplicates(kept: Collection[str]) -> list[str]:
    """Ids that more than one file has."""
    return sorted(one for one, count in Counter(kept).items() if count > 1)


def holds(records: Sequence[Record], acts: Sequence[Act]) -> list[Hold]:
    """The failures while the arm moved, with the time until it held."""
    motions = list(motion_times(records))
    told = [(r["t"], r["armed"] == "true") for r in records if r["kind"] == "robot/status"]
    found = []
    for act in acts:
        begun_s = act.begun_s
        armed = next((armed for t, armed in reversed(told) if t <= begun_s), False)
        moving = armed and any(begun_s - MOVING_S <= t <= begun_s for t in motions)
        if act.limit_s is None or not moving:
            continue
        # Once the arm is disarmed its target follows the scene that is set for the next episode.
        disarmed_s = min((t for t, armed in told if t >= begun_s and not armed), default=math.inf)
        until_s = min(disarmed_s, act.over_s + AFTERWARDS_S)
        last_s = max((t for t in motions if begun_s < t <= until_s), default=begun_s)
        found.append(Hold(act, last_s - begun_s))
    return found


def motion_times(records: Sequence[Record]) -> Iterator[float]:
    """Times at which robot_node's target pose has moved."""
    before: list[float] | None = None
    for record in records:
        if record["kind"] != "target" or record["frame"] == FRAME:
            continue
        if before is not None and math.dist(before, record["at"]) > MOVED_M:
            yield record["stamp"]
        before = record["at"]


def late_holds(found: Sequence[Hold], slack_s: float) -> list[str]:
    """The failures after which the arm moved for too long, in words."""
    return [
        f"{hold.act.name} {hold.act.detail}: the target moved for {hold.after_s:.3f} s, "
        f"{hold.act.limit_s:.2f} s are allowed"
        for hold in found
        if hold.act.limit_s is not None and hold.after_s > hold.act.limit_s + slack_s
    ]


def learning_faults(records: Sequence[Record]) -> list[str]:
    """Why learning did not go on to the end; empty if it did."""
    told = [r for r in records if r["kind"] == "learner/status" and r.get("updates")]
    if not told:
        return ["the learner did no update"]
    first, last = told[0], told[-1]
    faults = [
        f"{key} did not grow: {first[key]}, at the end {last[key]}"
        for key in ("updates", "version")
        if not int(last[key]) > int(first[key])
    ]
    if int(last["env_steps"]) < int(last["stored_steps"]):
        faults.append(f"{last['env_steps']} steps are learned from, {last['stored_steps']} are stored")
    return faults


def unexplained(lines: Sequence[str], acts: Sequence[Act]) -> list[str]:
    """The errors of `ibrl verify` that don't name a file or an episode that an act has destroyed."""
    destroyed = {name for act in acts for name in act.destroyed}
    errors = [line for line in lines if line.startswith("error: ")]
    return [line for line in errors if not any(name in line for name in destroyed)]


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least this share of the values doesn't exceed; nan without values."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else math.nan
