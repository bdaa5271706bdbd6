"""rota's source files, parsed, for the tests that hold the house rules."""

from __future__ import annotations

import ast
import dataclasses
import functools
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "src" / "rota"
TOP = "."


@dataclasses.dataclass(frozen=True)
class Source:
    """One Python file: its name relative to the package, its room, its text and its syntax tree."""

    name: str
    text: str

    @property
    def room(self) -> str:
        """The folder below the package, or `.` for a file beside the rooms."""
        return self.name.split("/")[0] if "/" in self.name else TOP

    @property
    def lines(self) -> int:
        return len(self.text.splitlines())

    @functools.cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text, self.name)

    def functions(self) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
        return (
            node for node in ast.walk(self.tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        )

    def calls(self) -> Iterator[ast.Call]:
        return (node for node in ast.walk(self.tree) if isinstance(node, ast.Call))

    def imports(self) -> Iterator[tuple[int, str]]:
        """(line, module) of each import; `from rota import ledger` counts as `rota.ledger`."""
        return imported(self.tree)

    def at(self, node: ast.AST) -> str:
        """Where a finding is, as an editor can open it."""
        return f"src/rota/{self.name}:{getattr(node, 'lineno', 1)}"


@functools.cache
def package() -> tuple[Source, ...]:
    """Every file of the product with something in it, but not its migrations."""
    found = sorted(path for path in PACKAGE.rglob("*.py") if "migrations" not in path.parts)
    sources = (Source(path.relative_to(PACKAGE).as_posix(), path.read_text("utf-8")) for path in found)
    return tuple(source for source in sources if source.text.strip())


def imported(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """(line, module) of each import at or below `tree`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.lineno, node.module
            if node.module == "rota":
                yield from ((node.lineno, f"rota.{alias.name}") for alias in node.names)


def dotted(node: ast.AST) -> str:
    """`timezone.now` for that expression; of a chain of calls, the names from its root: `Run.objects.filter.update`."""
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}".lstrip(".")
    if isinstance(node, ast.Call | ast.Subscript):
        return dotted(node.func if isinstance(node, ast.Call) else node.value)
    return node.id if isinstance(node, ast.Name) else ""
