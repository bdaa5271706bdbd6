"""Adds two numbers that are options."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser


class Command(BaseCommand):
    """`manage.py run_addition_task --x 10 --y 20 --verbose`."""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--x", type=int, required=True)
        parser.add_argument("--y", type=int, default=0)
        parser.add_argument("--verbose", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["verbose"]:
            self.stdout.write(f"adding {options['x']} and {options['y']}")
        self.stdout.write(str(options["x"] + options["y"]))
