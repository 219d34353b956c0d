"""Imitation by regression: one action, the mean of what was shown."""

from __future__ import annotations

from pydantic import Field
from torch import Tensor, nn

from ibrl_ros.registers import PROPOSALS
from ibrl_ros.rl.config import AgentConfig
from ibrl_ros.rl.draws import Draws
from ibrl_ros.rl.networks.layers import Dropout, init_orthogonal, mlp
from ibrl_ros.rl.networks.resnet import ResNetEncoder
from ibrl_ros.rl.proposals.bc_policy import BcPolicy
from ibrl_ros.rl.proposals.config import BcConfig
from ibrl_ros.rl.proposals.trunk import MultiView, flat
from ibrl_ros.rl.spec import Obs, ObservationSpec


class RegressionConfig(BcConfig):
    """Imitation by regression."""

    layer_norm: bool = Field(False, description="state: LayerNorm after each hidden layer")


@PROPOSALS.register("regression")
class RegressionBc(BcPolicy):
    """One action by least squares."""

    Config = RegressionConfig

    @classmethod
    def build(cls, config: AgentConfig, spec: ObservationSpec, action_dim: int, draws: Draws) -> BcPolicy:
        """The published network for what the agent observes."""
        if config.observation == "state":
            return StateBc(config, spec, action_dim, draws)
        kind = SingleViewBc if config.bc.kind == "resnet_flat" else MultiViewBc
        return kind(config, spec, action_dim, draws)


class MultiViewBc(RegressionBc):
    """Any number of cameras (published for robomimic)."""

    def __init__(self, config: AgentConfig, spec: ObservationSpec, action_dim: int, draws: Draws) -> None:
        super().__init__(draws)
        self.encoder = MultiView(config, spec)
        bc, width = config.bc, self.encoder.out_dim
        dropout = Dropout(bc.dropout, draws) if bc.dropout else None  # absent at 0, as published
        self.policy = mlp(width, bc.hidden_dim, bc.layers, action_dim, dropout, layer_norm=True)

    def forward(self, obs: Obs) -> Tensor:
        """Action [B, A] in [-1, 1]."""
        return self.policy(self.encoder(obs))


class SingleViewBc(RegressionBc):
    """One camera, its flat features uncompressed, two hidden layers (published for Meta-World)."""

    def __init__(self, config: AgentConfig, spec: ObservationSpec, action_dim: int, draws: Draws) -> None:
        super().__init__(draws)
        camera, hidden = config.cameras[0], config.bc.hidden_dim
        self._image = f"images/{camera}"
        self.encoder = ResNetEncoder(spec.image_shape(camera))
        layers: list[nn.Module] = []
        for width in (self.encoder.patches * self.encoder.channels, hidden):
            dropout = Dropout(config.bc.dropout, draws)
            layers += [nn.Linear(width, hidden), dropout, nn.LayerNorm(hidden), nn.ReLU()]
        self.policy = nn.Sequential(*layers, nn.Linear(hidden, action_dim))
        self.policy.apply(init_orthogonal)

    def forward(self, obs: Obs) -> Tensor:
        """Action [B, A] in [-1, 1]."""
        return self.policy(flat(self.encoder, obs[self._image])).tanh()


class StateBc(RegressionBc):
    """A plain network over the simulation's state."""

    def __init__(self, config: AgentConfig, spec: ObservationSpec, action_dim: int, draws: Draws) -> None:
        super().__init__(draws)
        assert isinstance(config.bc, RegressionConfig)
        bc, width = config.bc, spec.require_state_dim()
        dropout = Dropout(bc.dropout, draws)
        self.net = mlp(width, bc.hidden_dim, bc.layers, action_dim, dropout, bc.layer_norm)

    def forward(self, obs: Obs) -> Tensor:
        """Action [B, A] in [-1, 1]."""
        return self.net(obs["state"])
