from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, ClassVar

import pytest
from pydantic import BaseModel, ConfigDict, Field, SerializeAsAny, ValidationError

from ibrl_ros.config.faults import explain
from ibrl_ros.extension import Extension
from ibrl_ros.register import Register

BASE = "from pydantic import BaseModel\n\nclass Toy:\n    Config = BaseModel\n"
ROUND = """
from toys_base import Toy
from test_register import TOYS, Section

@TOYS.register("ball")
class Ball(Toy):
    "A ball.\\n\\n    It rolls."
    class Config(Section):
        radius_m: float

@TOYS.register("marble")
class Marble(Toy):
    "A marble."
    class Config(Section):
        pass
"""
OWN = """
from toys_base import Toy
from test_register import Section

class Kite(Toy):
    class Config(Section):
        area_m2: float = 1.0
"""

TOYS = Register("toy", "toys", "toys_base:Toy")


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: str


class Box(BaseModel):
    toy: Annotated[SerializeAsAny[Section], Extension(TOYS, "kind")] = Field(description="what is in it")
    made: ClassVar[int] = 0


@pytest.fixture(autouse=True)
def packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "toys"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    (tmp_path / "toys_base.py").write_text(BASE)
    (tmp_path / "my_toys.py").write_text(OWN)
    (folder / "round.py").write_text(ROUND)
    (folder / "electric.py").write_text("import a_package_that_nobody_has\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setitem(sys.modules, "test_register", sys.modules[__name__])
    for name in [*sys.modules]:
        if name.split(".")[0] in ("toys", "toys_base", "my_toys"):
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(TOYS, "_classes", {})


def faults(content: object) -> str:
    with pytest.raises(ValidationError) as error:
        Box.model_validate(content)
    return explain(error.value, Box)


def test_a_class_is_found_by_its_name_whatever_its_module_is_called() -> None:
    assert TOYS.find("marble").__name__ == "Marble"
    assert TOYS.names() == ("ball", "marble")  # what needs a missing package isn't offered
    assert list(TOYS.described()) == [("ball", "A ball."), ("marble", "A marble.")]


def test_a_class_of_ones_own_is_found_by_its_path() -> None:
    assert TOYS.find("my_toys:Kite").__name__ == "Kite"


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("doll", "no toy 'doll'; known: ball, marble"),
        ("my_toys:Doll", "PYTHONPATH"),
        ("nowhere:Doll", "PYTHONPATH"),
        (":Doll", "PYTHONPATH"),
        ("pathlib:Path", "no subclass of toys_base.Toy"),
    ],
)
def test_what_is_not_found_is_said(name: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        TOYS.find(name)


def test_a_missing_package_is_named_when_its_class_is_asked_for() -> None:
    with pytest.raises(ValueError, match="needs a_package_that_nobody_has, which isn't installed"):
        TOYS.find("electric")


def test_where_the_whole_package_lacks_one_that_is_said(tmp_path: Path) -> None:
    """As where PyTorch isn't installed, which all of rl needs."""
    (tmp_path / "toys" / "__init__.py").write_text("import a_package_that_nobody_has\n")
    with pytest.raises(ImportError, match="a_package_that_nobody_has"):
        TOYS.names()
    with pytest.raises(ValueError, match="toy 'ball' needs a_package_that_nobody_has"):
        TOYS.find("ball")


def test_two_classes_cannot_have_one_name() -> None:
    TOYS.find("ball")
    with pytest.raises(ValueError, match=r"'ball' is toys\.round:Ball already"):
        TOYS.register("ball")(Box)


def test_a_section_is_checked_by_the_class_that_it_names() -> None:
    box = Box.model_validate({"toy": {"kind": "ball", "radius_m": 0.1}})
    assert box.model_dump() == {"toy": {"kind": "ball", "radius_m": 0.1}}
    assert Box.model_validate(box.model_dump()) == box
    own = Box.model_validate({"toy": {"kind": "my_toys:Kite"}})
    assert own.model_dump() == {"toy": {"kind": "my_toys:Kite", "area_m2": 1.0}}


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ({"toy": {"kind": "ball"}}, "toy.radius_m: missing"),
        ({"toy": {"kind": "ball", "radius_m": "big"}}, "toy.radius_m: Input should be a valid number"),
        ({"toy": {"kind": "marble", "radius_m": 1}}, "toy.radius_m: unknown key; known here: kind"),
        ({"toy": {"radius_m": 1}}, "toy: Value error, kind must name a toy; known: ball, marble"),
        ({"toy": {"kind": "doll"}}, "there is no toy 'doll'; known: ball, marble"),
        ({"toy": "ball"}, "a section is expected, whose key kind names a toy"),
        ({}, "toy: missing"),
    ],
)
def test_a_fault_is_told_by_its_key(content: object, says: str) -> None:
    assert says in faults(content)
