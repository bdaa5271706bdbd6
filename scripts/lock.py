"""Write the lock files under requirements/: exact versions with hashes, from the .in files and pyproject.toml."""

from __future__ import annotations

import shutil
import subprocess
import sys
import venv

from scripts.environment import LOCKS, ROOT

PRODUCT = ["pyproject.toml", "--extra", "postgres", "requirements/dev.in"]
LOCK_FILES: dict[str, tuple[str, list[str]]] = {
    "django52": ("3.11", [*PRODUCT, "requirements/django52.in"]),
    "django60": ("3.12", [*PRODUCT, "requirements/django60.in"]),
    "django61": ("3.12", [*PRODUCT, "requirements/django61.in"]),
    "bench": ("3.11", ["requirements/bench.in"]),
    "docs": ("3.11", ["requirements/docs.in"]),
    "mysql": ("3.11", ["requirements/mysql.in"]),
}
"""Name: (oldest Python, sources). A lock file holds for that Python and every newer one, on every platform."""


def main() -> int:
    """Compile every lock file (or those named), with the newest versions there are."""
    uv = find_uv()
    for name in sys.argv[1:] or LOCK_FILES:
        python, sources = LOCK_FILES[name]
        compile_lock(uv, name, python, sources)
    return 0


def compile_lock(uv: str, name: str, python: str, sources: list[str]) -> None:
    """Write requirements/`name`.txt. No index address goes into it: each machine uses its own."""
    target = LOCKS / f"{name}.txt"
    options = [
        "--quiet",
        "--upgrade",
        "--universal",
        "--generate-hashes",
        "--no-emit-index-url",
        "--python-version",
    ]
    header = ["--custom-compile-command", "make lock", "--output-file", str(target)]
    print(f"locking {target.relative_to(ROOT)}", flush=True)
    subprocess.run([uv, "pip", "compile", *options, python, *header, *sources], check=True, cwd=ROOT)


def find_uv() -> str:
    """uv from PATH, or from an environment made for it alone."""
    found = shutil.which("uv")
    if found:
        return found
    folder = ROOT / ".venvs" / "lock"
    tool = folder / "bin" / "uv"
    if not tool.exists():
        venv.create(folder, with_pip=True, clear=True)
        subprocess.run([str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", "uv"], check=True)
    return str(tool)


if __name__ == "__main__":
    raise SystemExit(main())
