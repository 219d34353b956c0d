"""The stages of a run, and the kind of episodes that each of them makes."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:  # launch files read this where there may be no pydantic
    from ibrl_ros.data.episode import Kind

#: The seeds of all scenes depend on the order: append only.
STAGES: dict[str, Kind] = {"collect": "demo", "train": "train", "evaluate": "eval"}
