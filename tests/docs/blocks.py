"""Run every Python example of the README and the docs, each as a module of its own, in one fresh process.

The tutorial is left to `test_tutorial`, which follows it in a new project.
"""

from __future__ import annotations

import re
import sys
import types
from collections.abc import Iterator
from pathlib import Path

import django

ROOT = Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"^```python\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)


def pages() -> list[Path]:
    """The README and every page of the docs."""
    return [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def examples() -> Iterator[tuple[str, str]]:
    """(page and number, text) of each example."""
    for page in pages():
        for number, block in enumerate(BLOCK.finditer(page.read_text())):
            yield f"{page.relative_to(ROOT)}:{number}", block["text"]


def run(name: str, text: str, seen: dict[str, object]) -> None:
    """As its own module; the examples of one page build on one another."""
    module = types.ModuleType(f"example_{len(sys.modules)}")
    sys.modules[module.__name__] = module
    module.__dict__.update(seen)
    module.__dict__["__name__"] = module.__name__
    exec(compile(text, name, "exec"), module.__dict__)
    seen.update({key: value for key, value in module.__dict__.items() if not key.startswith("__")})
    check_settings(module)


def check_settings(module: types.ModuleType) -> None:
    """An example that shows `ROTA` must be one that rota takes."""
    from django.test import override_settings

    from rota import conf

    if hasattr(module, "ROTA"):
        with override_settings(ROTA=module.ROTA):
            conf.current()


def main() -> int:
    """How many examples there are goes to stdout; the first that fails raises."""
    django.setup()
    number, page, seen = 0, "", {}
    for name, text in examples():
        if name.partition(":")[0] != page:
            page, seen = name.partition(":")[0], {"INSTALLED_APPS": [], "BASE_DIR": ROOT}
        if "enqueue(" not in text:  # those write to a database; the tests of the backend run them
            run(name, text, seen)
        number += 1
    print(number)
    return 0


if __name__ == "__main__":
    sys.exit(main())
