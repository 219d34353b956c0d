"""One conformance case: which agent it is of, its sizes, and the agent rebuilt with the case's weights."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from conformance.named_weights import weight
from ibrl_ros.rl import BcPolicy, IbrlAgent, IbrlConfig, Obs, ObservationSpec, build_agent, build_bc
from ibrl_ros.rl.device import CPU

_BC_SIZES = ((512, 1024), (24, 24), (512, 512), (256, 256))
"""(feature, hidden) widths tried for the BC policy: the files don't hold them."""


class Case:
    """The arrays of a file named `<pixel|state|drq>_<size>_<rl|ibrl|ibrl_soft>.npz`."""

    def __init__(self, path: Path, device: torch.device = CPU) -> None:
        self.device = device
        self.arrays = dict(np.load(path))
        self.kind = path.stem.split("_")[0]
        self.method = next(m for m in ("ibrl_soft", "ibrl", "rl") if path.stem.endswith(m))
        images = [key for key, value in self.arrays.items() if key.startswith("in/obs/") and value.ndim == 4]
        self.camera = images[0].rsplit("/", 1)[-1] if images else None
        self.action_dim = self.arrays["in/action"].shape[1]

    def obs(self, prefix: str) -> Obs:
        """The observations under e.g. `upd0/in/next_obs`."""
        if self.camera is None:
            state = self.tensor(f"{prefix}/state")
            return {"state": state, "prop": state[:, :0]}
        images = self.tensor(f"{prefix}/{self.camera}")
        prop = (
            self.tensor(f"{prefix}/prop")
            if self._prop_dim()
            else images.new_zeros(len(images), 0, dtype=torch.float32)
        )
        return {f"images/{self.camera}": images, "prop": prop}

    def tensor(self, key: str) -> torch.Tensor:
        return torch.as_tensor(self.arrays[key], device=self.device)

    def spec(self) -> ObservationSpec:
        if self.camera is None:
            return ObservationSpec(state_dim=self.arrays["in/obs/state"].shape[1])
        shape = self.arrays[f"in/obs/{self.camera}"].shape[1:]
        return ObservationSpec({self.camera: shape}, self._prop_dim())

    def agent(self) -> IbrlAgent:
        agent = build_agent(self._config(), self.spec(), self.action_dim, 0, self.device)
        assert isinstance(agent, IbrlAgent)
        _set_weights(agent.networks, f"{self.kind}/")
        return agent

    def bc(self) -> BcPolicy:
        """The policy of the first sizes that reproduce the recorded action; of the last ones if none does."""
        for feature, hidden in _BC_SIZES:
            bc = self._bc(feature_dim=feature, hidden_dim=hidden)
            action = bc.propose(self.obs("in/obs"))[:, 0].cpu().numpy()
            if np.allclose(action, self.arrays["out/bc_action"], atol=1e-3):
                break
        return bc

    def _bc(self, **sizes: int) -> BcPolicy:
        fixed = {"pixel": {}, "state": {"layers": 3}, "drq": {"kind": "resnet_flat"}}[self.kind]
        config = self._config().model_dump() | {"bc": {**fixed, **sizes}}
        bc = build_bc(IbrlConfig.model_validate(config), self.spec(), self.action_dim, 0, self.device)
        _set_weights(bc, f"{self.kind}/bc.")
        return bc

    def _config(self) -> IbrlConfig:
        sizes = {"pixel": self._pixel_sizes, "state": self._state_sizes, "drq": self._drq_sizes}[self.kind]()
        methods = {"act_method": self.method, "bootstrap_method": self.method}
        return IbrlConfig.model_validate({**methods, **sizes})

    def _pixel_sizes(self) -> dict[str, Any]:
        return {
            "cameras": [self.camera],
            "encoder": {
                "embed_dim": self._length("encoder.vit.norm.weight"),
                "depth": self._count("encoder.vit.net.{}.layer_norm1.weight"),
            },
            "critic": {
                "spatial_embed": self._length("critic.q1.input_proj.0.bias"),
                "hidden_dim": self._length("critic.q1.q.0.bias"),
            },
            "actor": self._pixel_actor(),
        }

    def _drq_sizes(self) -> dict[str, Any]:
        return {
            "cameras": [self.camera],
            "encoder": {"kind": "drq"},
            "critic": {
                "spatial_embed": None,
                "feature_dim": self._length("critic.q1.obs_proj.0.bias"),
                "hidden_dim": self._length("critic.q1.q.0.bias"),
            },
            "actor": self._pixel_actor(),
        }

    def _pixel_actor(self) -> dict[str, Any]:
        feature, hidden = self._length("actor.compress.0.bias"), self._length("actor.policy.0.bias")
        return {"feature_dim": feature, "hidden_dim": hidden, "dropout": 0}

    def _state_sizes(self) -> dict[str, Any]:
        draws = [value for key, value in self.arrays.items() if key.endswith("_redq_idx")]
        nets = self._size("critic.net.0.biases")
        return {
            "observation": "state",
            "critic": {
                "nets": nets,
                "sampled_nets": len(draws[0]) if draws else nets,
                "hidden_dim": self._length("critic.net.1.weight"),
                "layers": self._count("critic.net.{}.weights", step=3) - 1,
            },
            "actor": {
                "hidden_dim": self._length("actor.net.0.bias"),
                "layers": self._count("actor.net.{}.bias", step=3) - 1,
                "layer_norm": False,
                "dropout": 0,
            },
        }

    def _prop_dim(self) -> int:
        """What remains of the critic's input beside features and action."""
        first = "critic.q1.q.0"
        features = "critic.q1.obs_proj.0.bias" if self.kind == "drq" else "critic.q1.input_proj.0.bias"
        width = self._size(f"{first}.weight") // self._length(f"{first}.bias")
        return width - self._length(features) - self.action_dim

    def _length(self, parameter: str) -> int:
        return len(self.arrays[f"upd0/grad/{parameter}"])

    def _size(self, parameter: str) -> int:
        key = f"upd0/grad/{parameter}"
        return self.arrays[key].size if key in self.arrays else int(self.arrays[f"{key}#digest"][0])

    def _count(self, parameter: str, step: int = 1) -> int:
        names = (f"upd0/grad/{parameter.format(i)}" for i in itertools.count(step=step))
        present = (name in self.arrays or f"{name}#digest" in self.arrays for name in names)
        return sum(itertools.takewhile(bool, present))


def _set_weights(module: nn.Module, prefix: str) -> None:
    shapes = {key: tuple(value.shape) for key, value in module.state_dict().items()}
    named = {key: torch.from_numpy(weight(prefix + key, shape)) for key, shape in shapes.items()}
    module.load_state_dict(named)
