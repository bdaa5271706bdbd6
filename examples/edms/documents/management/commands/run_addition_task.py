"""`manage.py run_addition_task --x 10 --y 20 --verbose`: adds two numbers, by hand or on a schedule."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone


class Command(BaseCommand):
    help = "Add two numbers."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--x", type=int, default=1)
        parser.add_argument("--y", type=int, default=2)
        parser.add_argument("--verbose", action="store_true", help="show the sum and not only the result")
        parser.add_argument("--log-file", type=Path, help="append a line to this file as well")

    def handle(self, *, x: int, y: int, verbose: bool, log_file: Path | None, **options: Any) -> None:
        line = f"{x} + {y} = {x + y}" if verbose else str(x + y)
        self.stdout.write(line)
        if log_file:
            log_file.parent.mkdir(parents=True, exist_ok=True)
            with log_file.open("a") as log:
                log.write(f"{timezone.now():%Y-%m-%d %H:%M:%S} {line}\n")
