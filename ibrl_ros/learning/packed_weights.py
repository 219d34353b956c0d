"""The packed weights that robots act with: the newest version and the one before."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from torch import Tensor

from ibrl_ros.learning.bad_input import refuse_spoilt
from ibrl_ros.learning.weights import pack, unpack, unpack_facts
from ibrl_ros.rl.agent import Agent
from ibrl_ros.rl.snapshot import with_prefix, without_prefix

#: Prefix, in a checkpoint, of the tensors of the version before the newest.
EARLIER = "earlier/"


class Packed(NamedTuple):
    """Packed weights.

    Attributes:
        version: version of the weights, see Trainer.
        env_steps: environment steps that they were learned from.
        content: the weights as bytes; their facts hold version and env_steps.
    """

    version: int
    env_steps: int
    content: bytes


class PackedWeights:
    """Packs an agent's weights, and keeps the newest two versions: a robot may act with the earlier.

    Attributes:
        newest: the newest version.
        earlier: the version before; None if there is none.
    """

    def __init__(self, agent: Agent, facts: dict[str, Any], check: Callable[[], None]) -> None:
        """Pack the agent's present weights as version 0.

        Args:
            agent: agent whose weights are packed.
            facts: facts to pack with them; may be changed later.
            check: called before weights are packed; raises FloatingPointError if a loss wasn't finite.
        """
        self._agent, self._facts, self._check = agent, facts, check
        self.begin(0, 0)

    def begin(self, version: int, env_steps: int) -> None:
        """Pack the present weights as the only version.

        Raises:
            FloatingPointError: a loss, or the weights, aren't finite.
        """
        self.earlier: Packed | None = None
        self.newest = self._packed(version, env_steps)

    def put(self, version: int, env_steps: int) -> None:
        """Pack the present weights as the newest version; a version of the same number is replaced.

        Raises:
            FloatingPointError: a loss, or the weights, aren't finite.
        """
        packed = self._packed(version, env_steps)
        if version != self.newest.version:
            self.earlier = self.newest
        self.newest = packed

    @property
    def earlier_steps(self) -> int:
        """Environment steps that the earlier version was learned from; 0 without one."""
        return 0 if self.earlier is None else self.earlier.env_steps

    def for_episode(self, index: int) -> Packed | None:
        """Returns the first version that has learned from all episodes before `index` except the last ones.

        Version v has learned from the episodes with indices below v of all robots. None if there is no such
        version yet.
        """
        known = [one for one in (self.earlier, self.newest) if one is not None and one.version >= index - 1]
        return known[0] if known else None

    def saved(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """Returns the tensors and facts of the earlier version for a checkpoint; empty if there is none."""
        if self.earlier is None:
            return {}, {}
        tensors = with_prefix(EARLIER, unpack(self.earlier.content)[0])
        return tensors, {"earlier": [self.earlier.version, self.earlier.env_steps]}

    def restore(self, acting: bytes, state: dict[str, Tensor], facts: dict[str, Any]) -> None:
        """Restore both versions from a checkpoint; an older program's has the newest alone.

        Args:
            acting: the newest version.
            state: tensors of the checkpoint.
            facts: facts of the checkpoint.
        """
        told = unpack_facts(acting)
        self.newest = Packed(told.get("version", 0), told.get("env_steps", 0), acting)
        self.earlier = None
        if "earlier" in facts:
            version, env_steps = facts["earlier"]
            self.earlier = self._pack(without_prefix(EARLIER, state), version, env_steps)

    def _packed(self, version: int, env_steps: int) -> Packed:
        self._check()
        state = self._agent.acting_state()
        refuse_spoilt(state)
        return self._pack(state, version, env_steps)

    def _pack(self, state: dict[str, Tensor], version: int, env_steps: int) -> Packed:
        facts = {**self._facts, "version": version, "env_steps": env_steps}
        return Packed(version, env_steps, pack(state, facts))
