"""Packaging: `pip install .`, `pip install -e .` and `colcon build` all use this file."""

from pathlib import Path

from setuptools import Extension, setup
from setuptools.dist import Distribution

# An editable install leaves data_files out unless the distribution says that it has data; launch and
# ros2 look for share/ibrl_ros and lib/ibrl_ros, so they must be there in every kind of install.
Distribution.has_data = Distribution.has_data_files  # type: ignore[attr-defined]

ROOT = Path(__file__).parent
NAME = "ibrl_ros"
# Rooms that live at the top of the checkout and are imported as parts of the package.
MAPPED = {"ibrl_ros.sim": "sim", "ibrl_ros.teleop": "teleop"}


def packages() -> list[str]:
    """Names of all packages, with the mapped rooms under their import names."""
    found = [".".join(init.parent.parts) for init in _inits("ibrl_ros")]
    for name, folder in MAPPED.items():
        found += [".".join([name, *init.parent.parts[1:]]) for init in _inits(folder)]
    return sorted(found)


def _inits(folder: str) -> list[Path]:
    return [path.relative_to(ROOT) for path in (ROOT / folder).rglob("__init__.py")]


def data_files() -> list[tuple[str, list[str]]]:
    """What ROS 2 looks for below the prefix: marker, package.xml, launch files, configs, executables."""
    files = [
        ("share/ament_index/resource_index/packages", [f"resource/{NAME}"]),
        (f"share/{NAME}", ["package.xml"]),
        (f"share/{NAME}/launch", _files("launch", "*.launch.py")),
        (f"lib/{NAME}", _files("libexec", "*")),
        ("bin", ["libexec/ibrl"]),  # for PATH, to which colcon's setup.bash adds bin/
    ]
    for folder in sorted({path.parent for path in (ROOT / "robot_configs").rglob("*") if path.is_file()}):
        relative = folder.relative_to(ROOT)
        files.append((f"share/{NAME}/{relative}", _files(str(relative), "*")))
    return files


def _files(folder: str, pattern: str) -> list[str]:
    return sorted(str(path.relative_to(ROOT)) for path in (ROOT / folder).glob(pattern) if path.is_file())


# Plain libraries, loaded by rl/networks/; where they can't be built, PyTorch does their work, slower.
KERNELS = [
    Extension(
        f"ibrl_ros.rl.networks._{name}",
        [f"ibrl_ros/rl/networks/{name}.c"],
        extra_compile_args=["-O3", "-fopenmp-simd", "-fno-math-errno", "-fno-trapping-math"],
        optional=True,
    )
    for name in ("spatial", "patches")
]
SIM = ["mujoco==4.0.0", "mujoco-core==4.0.0", "mujoco-studio==4.0.0", "franky-sim==1.0.4", "gymnasium==1.4.0"]
# What policy and learner need: the part `robot` runs without.
LEARN = ["torch>=2.6", "matplotlib>=3.8"]
# libusb-package carries the libusb that pyrealsense2 needs, for machines whose system has none.
REALSENSE = ["pyrealsense2>=2.55", "libusb-package>=1.0.26"]
QUEST = ["adbutils>=2.10"]
# Jobs of `ibrl benchmark --on slurm`.
CLUSTER = ["submitit>=1.5"]
FRANKA = ["pylibfranka>=0.21"]
# The extra of this name tells `colcon test` that the tests are pytest's.
TEST = [
    *LEARN,
    "pytest>=8",
    "pytest-timeout>=2.3",
    "hypothesis>=6.100",
    "scipy>=1.11",
    "ros-domain-coordinator>=0.12",
]
DEV = [*TEST, "ruff>=0.8", "mypy>=1.13"]

setup(
    name=NAME,
    version="0.1.0",
    description="Imitation Bootstrapped Reinforcement Learning on real robots, with ROS 2.",
    license="Apache-2.0",
    author="The ibrl_ros authors",
    python_requires=">=3.11",
    packages=packages(),
    package_dir=MAPPED,
    package_data={NAME: ["py.typed"]},
    data_files=data_files(),
    ext_modules=KERNELS,
    # rclpy and the messages come with ROS 2 or from its wheels; never from here.
    install_requires=[
        "numpy>=1.26",
        "safetensors>=0.4",
        "pydantic>=2.7",
        "pyyaml>=6",
        "opencv-python-headless>=4.9",
    ],
    extras_require={
        "sim": SIM,
        "learn": LEARN,
        "realsense": REALSENSE,
        "quest": QUEST,
        "franka": FRANKA,
        "cluster": CLUSTER,
        "test": TEST,
        "dev": DEV,
    },
    zip_safe=False,
)
