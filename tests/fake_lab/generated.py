"""The message packages of a lab that no wheel has, generated from their definitions as colcon would do it.

`interfaces/` holds the fields of franka_msgs, control_msgs and controller_manager_msgs as franka_ros2 (jazzy)
and ros2_control have them. rosidl's generators and the headers come with the wheels of rclpy, or with apt's
ROS 2; only a compiler is needed. It takes half a minute once, and is kept in the environment's folder.
"""

from __future__ import annotations

import fcntl
import functools
import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

DEFINITIONS = Path(__file__).parent / "interfaces"
PACKAGES = ("franka_msgs", "control_msgs", "controller_manager_msgs")
#: Packages whose messages these use.
USED = (
    "action_msgs",
    "builtin_interfaces",
    "geometry_msgs",
    "sensor_msgs",
    "service_msgs",
    "std_msgs",
    "unique_identifier_msgs",
)
SUPPORT, INTROSPECTION = "rosidl_typesupport_fastrtps_c", "rosidl_typesupport_introspection_c"
LIBRARIES = (
    "rosidl_runtime_c",
    "rosidl_typesupport_c",
    SUPPORT,
    "rosidl_typesupport_fastrtps_cpp",
    INTROSPECTION,
)
KINDS = ("rosidl_generator_c", "rosidl_generator_py", "rosidl_typesupport_c", SUPPORT, INTROSPECTION)


def message_path() -> list[str]:
    """What PYTHONPATH needs for the messages: nothing where they are installed.

    Raises:
        RuntimeError: if they can't be generated here; it says why.
    """
    missing = [name for name in PACKAGES if importlib.util.find_spec(name) is None]
    if not missing:
        return []
    if shutil.which("g++") is None or shutil.which("gcc") is None:
        raise RuntimeError(
            f"{', '.join(missing)}: not installed, and without gcc and g++ not to be generated"
        )
    with _kept() as folder:
        for name in missing:
            if not (folder / name / "done").exists():
                _generate(name, folder)
                (folder / name / "done").touch()
    return [str(folder)]


@contextmanager
def _kept() -> Iterator[Path]:
    """The folder of these definitions for this ROS 2, to oneself."""
    import rclpy

    content = [path.read_bytes() for path in sorted(DEFINITIONS.rglob("*.*"))]
    content += [Path(__file__).read_bytes(), sys.version.encode(), str(rclpy.__file__).encode()]
    # another distribution in the same place has other libraries
    content += sorted(path.read_bytes() for path in Path(rclpy.__file__).parent.glob("_rclpy*.so"))
    name = f"ibrl_ros_messages_{hashlib.sha256(b''.join(content)).hexdigest()[:12]}"
    folder = Path(sys.prefix, "share", "ibrl_ros_test") / name
    if not os.access(sys.prefix, os.W_OK):
        folder = Path(tempfile.gettempdir(), f"{os.getuid()}_{name}")
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield folder


def _generate(package: str, folder: Path) -> None:
    """One package: its Python modules, and beside them libraries with all its type support."""
    with tempfile.TemporaryDirectory() as name:
        built = Path(name)
        sources = _write_sources(package, built)
        target = folder / package
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(
            built / package, target, ignore=shutil.ignore_patterns("*.h", "*.c", "*.cpp", "detail")
        )
        _compile(package, sources, built, target)


def _write_sources(package: str, built: Path) -> list[Path]:
    """The generators' C and C++ files; Python modules and headers lie beside them."""
    from rosidl_generator_c import generate_c
    from rosidl_generator_py import generate_py
    from rosidl_generator_type_description import generate_type_hash
    from rosidl_typesupport_c import generate_c as generate_support
    from rosidl_typesupport_fastrtps_c import generate_typesupport_fastrtps_c
    from rosidl_typesupport_introspection_c import generate_c as generate_introspection

    output, introspection = built / package, built / INTROSPECTION / package
    definitions = [path.relative_to(DEFINITIONS / package) for path in _definitions(package)]
    for definition in definitions:
        _to_idl(package, definition, built / "idl" / package)
    (output / "__init__.py").parent.mkdir(parents=True)
    (output / "__init__.py").touch()
    idl = [path.with_suffix(".idl") for path in definitions]
    for folder in {path.parent for path in idl}:
        (output / folder / "detail").mkdir(parents=True)
        (introspection / folder / "detail").mkdir(parents=True)
    common = {
        "package_name": package,
        "idl_tuples": [f"{built / 'idl' / package}:{path}" for path in idl],
        "target_dependencies": [],
        "include_paths": [f"{name}:{_share(name)}" for name in USED],
        "type_description_tuples": [f"{path}:{output / path.with_suffix('.json')}" for path in idl],
        "ros_interface_files": [],
        "ros_interface_dependencies": [],
    }
    generators: dict[str, Callable[[str], object]] = {
        "rosidl_generator_type_description": generate_type_hash,
        "rosidl_generator_c": generate_c,
        SUPPORT: generate_typesupport_fastrtps_c,
        INTROSPECTION: generate_introspection,
        "rosidl_typesupport_c": functools.partial(generate_support, type_supports=[SUPPORT, INTROSPECTION]),
        "rosidl_generator_py": functools.partial(generate_py, typesupport_impls=["rosidl_typesupport_c"]),
    }
    arguments = built / "arguments.json"
    for generator, generate in generators.items():
        # apart: some of its files are called as rosidl_generator_c's are
        common["output_dir"] = str(introspection if generator == INTROSPECTION else output)
        common["template_dir"] = str(_share(generator) / "resource")
        arguments.write_text(json.dumps(common))
        generate(str(arguments))
    for kind in ("rosidl_generator_c", SUPPORT, INTROSPECTION):
        _write_visibility(package, kind, output / "msg")
    written = [*output.rglob("*.c*"), *introspection.rglob("*.c")]
    return sorted(path for path in written if path.suffix in (".c", ".cpp"))


def _definitions(package: str) -> list[Path]:
    kinds = ("msg", "srv", "action")
    return sorted(path for kind in kinds for path in (DEFINITIONS / package).rglob(f"*.{kind}"))


def _to_idl(package: str, definition: Path, folder: Path) -> None:
    from rosidl_adapter.action import convert_action_to_idl
    from rosidl_adapter.msg import convert_msg_to_idl
    from rosidl_adapter.srv import convert_srv_to_idl

    convert = {".msg": convert_msg_to_idl, ".srv": convert_srv_to_idl, ".action": convert_action_to_idl}
    output = folder / definition.parent
    output.mkdir(parents=True, exist_ok=True)
    with Path(os.devnull).open("w") as quiet, _stdout(quiet.fileno()):
        convert[definition.suffix](DEFINITIONS / package, package, definition, output)


@contextmanager
def _stdout(descriptor: int) -> Iterator[None]:
    sys.stdout.flush()
    kept = os.dup(1)
    os.dup2(descriptor, 1)
    try:
        yield
    finally:
        sys.stdout.flush()
        os.dup2(kept, 1)
        os.close(kept)


def _write_visibility(package: str, kind: str, folder: Path) -> None:
    template = (_share(kind) / "resource" / f"{kind}__visibility_control.h.in").read_text()
    filled = template.replace("@PROJECT_NAME@", package).replace("@PROJECT_NAME_UPPER@", package.upper())
    folder.mkdir(exist_ok=True)
    (folder / f"{kind}__visibility_control.h").write_text(filled)


def _compile(package: str, sources: list[Path], built: Path, target: Path) -> None:
    """All in one library, found under three names: for Python, and for two kinds of type support."""
    import numpy as np

    prefixes = [Path(prefix) for prefix in os.environ.get("AMENT_PREFIX_PATH", sys.prefix).split(os.pathsep)]
    headers = [built, built / INTROSPECTION, Path(sysconfig.get_paths()["include"]), Path(np.get_include())]
    for prefix in prefixes:
        headers += [prefix / "include", *(prefix / "include").glob("*")]
    flags = ["-O0", "-w", "-fPIC", f"-DROS_PACKAGE_NAME={package}", *(f"-I{folder}" for folder in headers)]

    def one(source: Path) -> Path:
        object_file = source.with_suffix(f"{source.suffix}.o")
        compiler = ["gcc", "-std=c11"] if source.suffix == ".c" else ["g++", "-std=c++17"]
        _command([*compiler, *flags, "-c", str(source), "-o", str(object_file)])
        return object_file

    with ThreadPoolExecutor(2) as pool:
        objects = list(pool.map(one, sources))
    places = [prefix / "lib" for prefix in prefixes]
    wanted = [*LIBRARIES, "fastcdr", *(f"{name}__{kind}" for name in USED for kind in KINDS)]
    found = [path for name in wanted for place in places for path in sorted(place.glob(f"lib{name}.so*"))[:1]]
    here = f"-Wl,-rpath,$ORIGIN{''.join(f':{place}' for place in places)}"
    all_in_one, other = (f"lib{package}__{kind}.so" for kind in (SUPPORT, INTROSPECTION))
    for name, content in (
        (all_in_one, [*map(str, objects), *map(str, found)]),
        (other, [str(target / all_in_one)]),
        (f"{package}_s__rosidl_typesupport_c.so", [str(target / all_in_one), str(target / other)]),
    ):
        named = [here, f"-Wl,-soname,{name}", "-Wl,--no-as-needed", "-o", str(target / name)]
        _command(["g++", "-shared", *named, *content])


def _command(words: list[str]) -> None:
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(words[:3])} ...: {done.stderr[-2000:]}")


def _share(package: str) -> Path:
    from ament_index_python.packages import get_package_share_directory

    return Path(get_package_share_directory(package))


if __name__ == "__main__":
    print(os.pathsep.join(message_path()))
