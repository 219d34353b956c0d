"""How the source tree is built: files stay small, and no import goes round in a circle."""

from __future__ import annotations

import ast
import statistics
from collections.abc import Iterator
from pathlib import Path

from test_layers import ROOT, imports, modules

LONGEST, MEDIAN = 300, 90


def lines(path: Path) -> int:
    return len(path.read_text().splitlines())


def test_files_are_small() -> None:
    lengths = {str(path.relative_to(ROOT)): lines(path) for _, path in modules()}
    assert {path: length for path, length in lengths.items() if length > LONGEST} == {}
    assert statistics.median(lengths.values()) <= MEDIAN


def circles(graph: dict[str, set[str]]) -> Iterator[list[str]]:
    """Each way that leads back to its start, found from every module that is part of one."""
    done: set[str] = set()

    def follow(name: str, way: list[str]) -> Iterator[list[str]]:
        if name in way:
            yield [*way[way.index(name) :], name]
        elif name not in done:
            for other in sorted(graph[name]):
                yield from follow(other, [*way, name])
            done.add(name)

    for name in sorted(graph):
        yield from follow(name, [])


def without_type_checking(source: str) -> str:
    """The source without what only a type checker reads."""

    class Remover(ast.NodeTransformer):
        def visit_If(self, node: ast.If) -> ast.AST | None:
            return None if ast.unparse(node.test) == "TYPE_CHECKING" else node

    return ast.unparse(Remover().visit(ast.parse(source)))


def test_no_import_goes_round_in_a_circle() -> None:
    known = dict(modules())
    graph = {}
    for name, path in known.items():
        found = {imported for _, imported in imports(name, without_type_checking(path.read_text()))}
        graph[name] = {one if one in known else one.rpartition(".")[0] for one in found} & known.keys()
    assert list(circles(graph)) == []


def test_a_circle_is_found() -> None:
    graph: dict[str, set[str]] = {"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": {"a"}}
    assert list(circles(graph)) == [["b", "c", "b"]]
