"""On PYTHONPATH: a Python in which PyTorch can't be imported, as on a robot PC where it isn't installed."""

import sys
from importlib.machinery import ModuleSpec


class WithoutTorch:
    """Refuses to find PyTorch."""

    def find_spec(self, name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        if name.partition(".")[0] == "torch":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return None


sys.meta_path.insert(0, WithoutTorch())
