"""Virtual environments made from the lock files: once, and again only when a lock file changes.

python -m scripts.environment            makes .venv and prints its interpreter
python -m scripts.environment docs       the same, with requirements/docs.txt in it
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

from scripts import pythons

ROOT = Path(__file__).resolve().parent.parent
LOCKS = ROOT / "requirements"


def newest_django(python: str) -> str:
    """The newest Django that this Python can have, as the name of its lock file."""
    return "django52" if python == "3.11" else "django61"


def folder_for(python: str, django: str) -> Path:
    """Where the environment of `python` and `django` lies: `.venv` for the developer's own."""
    own = (pythons.current(), newest_django(pythons.current()))
    return (
        ROOT / ".venv"
        if (python, django) == own
        else ROOT / ".venvs" / f"py{python.replace('.', '')}-{django}"
    )


def ensure(
    python: str | None = None,
    django: str | None = None,
    extra: tuple[str, ...] = (),
    folder: Path | None = None,
) -> str:
    """The interpreter of an environment that holds `django` and the `extra` lock files, as locked.

    `folder` is where it lies, if not where every cell of this Python and Django has its own.
    Raises subprocess.CalledProcessError, after the installer's own words, when a package cannot be installed.
    """
    python = python or pythons.current()
    django = django or newest_django(python)
    folder = folder or folder_for(python, django)
    if not _holds(folder, python):
        _create(folder, pythons.find(python) or sys.executable)
    for lock in (django, *extra):
        _once(
            folder,
            lock,
            LOCKS / f"{lock}.txt",
            "--require-hashes",
            "--requirement",
            str(LOCKS / f"{lock}.txt"),
        )
    _once(
        folder, "rota", ROOT / "pyproject.toml", "--no-deps", "--no-build-isolation", "--editable", str(ROOT)
    )
    return str(_interpreter(folder))


def _holds(folder: Path, python: str) -> bool:
    """Whether `folder` is an environment of this Python, and not of the one the machine had last year."""
    config = folder / "pyvenv.cfg"
    lines = config.read_text().splitlines() if config.exists() else []
    return any(line.startswith("version") and f"= {python}." in line for line in lines)


def _interpreter(folder: Path) -> Path:
    return folder / "Scripts" / "python.exe" if os.name == "nt" else folder / "bin" / "python"


def _create(folder: Path, python: str) -> None:
    uv = shutil.which("uv")
    command = (
        [uv, "venv", "--quiet", "--seed", "--clear", "--python", python]
        if uv
        else [python, "-m", "venv", "--clear"]
    )
    print(f"making {folder.relative_to(ROOT)} with {Path(command[0]).name}", file=sys.stderr, flush=True)
    subprocess.run([*command, str(folder)], check=True)


def _once(folder: Path, name: str, source: Path, *install: str) -> None:
    """Install what `source` asks for, unless exactly this is in already."""
    stamp = folder / f".installed-{name}"
    wanted = hashlib.sha256(source.read_bytes()).hexdigest()
    if not stamp.exists() or stamp.read_text() != wanted:
        _pip(folder, *install)
        stamp.write_text(wanted)


def _pip(folder: Path, *install: str) -> None:
    """Install with uv or pip; of pip only its errors are worth reading."""
    uv = shutil.which("uv")
    python = str(_interpreter(folder))
    command = (
        [uv, "pip", "install", "--python", python, "-q"] if uv else [python, "-m", "pip", "install", "-qq"]
    )
    subprocess.run([*command, *install], check=True, stdout=sys.stderr)


if __name__ == "__main__":
    try:
        print(ensure(extra=tuple(sys.argv[1:])))
    except subprocess.CalledProcessError as failure:
        raise SystemExit(
            f"Could not set up the environment: {failure.cmd[0]} ended with {failure.returncode}."
        ) from None
