"""Takes positional arguments: one source or more, and a target."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser


class Command(BaseCommand):
    """`manage.py copy_files NUMBER SOURCE [SOURCE ...]`."""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("number", type=int)
        parser.add_argument("sources", nargs="+")

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{options['number']} {','.join(options['sources'])}")
