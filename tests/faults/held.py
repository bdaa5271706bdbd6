"""Where a task stands still until the test lets it go on: a file in the witness folder is the hand that holds it."""

from __future__ import annotations

import os
import time
from pathlib import Path

from tests.project.work_tasks import witness


def stand(name: str, text: str) -> None:
    """Say that it came here, and stay while the test holds `name`."""
    witness(f"{text} {name}")
    hand = Path(os.environ["ROTA_WITNESS"]) / f"{name}.hand"
    while hand.exists():
        time.sleep(0.01)


def hold(folder: Path, name: str) -> Path:
    """From now on who comes to `name` stays there, until `unlink` is called on what this returns."""
    hand = folder / f"{name}.hand"
    hand.touch()
    return hand
