"""Renders the pictures of a simulated scene."""

from __future__ import annotations

import importlib.util
import os

import mujoco
import numpy as np
from numpy.typing import NDArray

from ibrl_ros.sim.scene import SCENERY_GROUP

_POLICY_PX = 128


def _load_triton() -> None:
    """Load triton, which comes with PyTorch for CUDA, before the OpenGL that renders in software.

    Both contain an LLVM. If triton is loaded second, the process ends with a segmentation fault when an
    optimizer is made (seen with torch 2.14.1+cu130, triton 3.8 and Debian's libegl1).
    """
    if importlib.util.find_spec("triton") is not None:
        importlib.import_module("triton")


class Cameras:
    """The cameras of a model, rendered off screen, with one renderer for each picture size.

    Pictures up to 128 pixels high are for policies, and are rendered without sky, floor and shadows, which
    take a CPU longer than the rest of the scene.

    For the use of one thread, because an OpenGL context works only on the thread that made it.

    Attributes:
        names: names of the cameras.
    """

    def __init__(self, model: mujoco.MjModel) -> None:
        self._model = model
        self._renderers: dict[tuple[int, int], mujoco.Renderer] = {}
        self.names = tuple(model.camera(index).name for index in range(model.ncam))

    def picture(self, data: mujoco.MjData, camera: str, height: int, width: int) -> NDArray[np.uint8]:
        """Returns the camera's picture, uint8 [height, width, 3].

        Raises:
            ValueError: the camera is unknown.
            RuntimeError: no OpenGL library can render off screen.
        """
        if camera not in self.names:
            raise ValueError(f"unknown camera {camera!r}; known: {', '.join(self.names)}")
        if (height, width) not in self._renderers:
            self._renderers[height, width] = self._make_renderer(height, width)
        renderer = self._renderers[height, width]
        film = height > _POLICY_PX
        option = mujoco.MjvOption()
        option.geomgroup[SCENERY_GROUP] = film
        renderer.scene.flags[mujoco.mjtRndFlag.mjRND_SKYBOX] = film
        renderer.scene.flags[mujoco.mjtRndFlag.mjRND_SHADOW] = film
        renderer.update_scene(data, camera, option)
        return renderer.render()

    def close(self) -> None:
        """Free the renderers."""
        for renderer in self._renderers.values():
            renderer.close()
        self._renderers.clear()

    def _make_renderer(self, height: int, width: int) -> mujoco.Renderer:
        _load_triton()
        try:
            return mujoco.Renderer(self._model, height, width)
        except (ImportError, AttributeError, mujoco.FatalError) as error:
            backend = os.environ.get("MUJOCO_GL", "")
            raise RuntimeError(
                f"MuJoCo cannot render off screen with MUJOCO_GL={backend!r}. Install libegl1 and libgl1 for "
                "'egl', or libosmesa6 for 'osmesa'; and import ibrl_ros.sim before mujoco"
            ) from error
