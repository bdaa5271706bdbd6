"""What the command line prints: plain columns, marks and colours where the terminal has them, or JSON."""

from __future__ import annotations

import dataclasses
import json
import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.core.management.base import OutputWrapper
from django.core.management.color import Style
from django.utils import timezone

from rota.queries.words import relative

MARKS = {
    "successful": ("✓", "OK", "SUCCESS"),
    "failed": ("✗", "FAIL", "ERROR"),
    "missed": ("!", "MISS", "ERROR"),
    "held": ("?", "HELD", "WARNING"),
    "paused": ("‖", "PAUS", "WARNING"),
    "skipped": ("»", "SKIP", "NOTICE"),
    "running": ("◌", "RUN", "HTTP_INFO"),
    "ready": ("·", "WAIT", "HTTP_INFO"),
    "cancelled": ("■", "CANC", "NOTICE"),
    "retired": ("○", "-", "NOTICE"),
    "manual": ("○", "-", "NOTICE"),
    "never": ("○", "-", "NOTICE"),
}


@dataclasses.dataclass(frozen=True)
class Cell:
    """A text that is coloured after its column's width is known."""

    text: str
    colour: str = ""


class Output:
    """Where a verb answers. `json` asks for JSON instead of text; `utc` for times in UTC."""

    def __init__(
        self,
        stdout: OutputWrapper,
        stderr: OutputWrapper,
        style: Style,
        *,
        json: bool = False,
        utc: bool = False,
    ) -> None:
        self._out, self._err, self._style = stdout, stderr, style
        self.json = json
        self._zone = UTC if utc else timezone.get_default_timezone()
        self._plain = not _can_print("✓‖◌■○", getattr(stdout, "encoding", None))

    def line(self, text: str = "", colour: str = "") -> None:
        """One line of text."""
        self._out.write(self._coloured(self._printable(text), colour))

    def warn(self, text: str) -> None:
        """One line on stderr."""
        self._err.write(self._printable(text))

    def data(self, value: Any) -> None:
        """A value as JSON; times as UTC with a Z."""
        self._out.write(json.dumps(value, default=_plain_value, indent=2, ensure_ascii=self._plain))

    def table(self, heads: Sequence[str], rows: Iterable[Sequence[Cell | str]]) -> None:
        """Columns two spaces apart, never cut."""
        cells = [[Cell(head, "HTTP_INFO") for head in heads]]
        cells += [[one if isinstance(one, Cell) else Cell(one) for one in row] for row in rows]
        cells = [[Cell(_one_line(self._printable(one.text)), one.colour) for one in row] for row in cells]
        widths = [max(len(row[place].text) for row in cells) for place in range(len(heads))]
        for row in cells:
            padded = [self._padded(one, width) for one, width in zip(row, widths, strict=True)]
            self._out.write("  ".join(padded).rstrip())

    def pairs(self, facts: Mapping[str, str]) -> None:
        """Names and values under one another; what has no value is left out."""
        shown = {name: value for name, value in facts.items() if value}
        width = max(map(len, shown), default=0)
        for name, value in shown.items():
            self.line(f"{name.ljust(width)}  {value}")

    def mark(self, kind: str, word: str) -> Cell:
        """A state with its mark: '✓ Successful'; 'OK Successful' on a terminal without the glyph."""
        glyph, letters, colour = MARKS.get(kind.lower(), ("·", "-", ""))
        return Cell(f"{letters if self._plain else glyph} {word}", colour)

    def time(self, moment: datetime | None) -> str:
        """'2026-11-22 14:20:07', in the zone of this answer; '' for None."""
        return "" if moment is None else f"{moment.astimezone(self._zone):%Y-%m-%d %H:%M:%S}"

    def ahead(self, moment: datetime | None, now: datetime) -> str:
        """'Mon 23 Nov 09:00 (in 23 h)'; '' for None."""
        if moment is None:
            return ""
        local = moment.astimezone(self._zone)
        seconds = f":{local:%S}" if local.second else ""
        year = "" if local.year == now.astimezone(self._zone).year else f" {local:%Y}"
        return f"{local:%a %d %b}{year} {local:%H:%M}{seconds} ({relative(moment, now)})"

    @property
    def zone(self) -> str:
        """The name of the zone in which times are shown."""
        return str(self._zone)

    def _padded(self, cell: Cell, width: int) -> str:
        return self._coloured(cell.text, cell.colour) + " " * (width - len(cell.text))

    def _coloured(self, text: str, colour: str) -> str:
        return getattr(self._style, colour)(text) if colour and text else text

    def _printable(self, text: str) -> str:
        """No control characters of a task's making, and nothing that the terminal cannot encode."""
        shown = "".join(one if one.isprintable() or one in "\n\t" else f"\\x{ord(one):02x}" for one in text)
        return shown.encode("ascii", "backslashreplace").decode() if self._plain else shown


def _can_print(text: str, encoding: str | None) -> bool:
    try:
        text.encode(encoding or "utf-8")
    except (UnicodeError, LookupError):
        return False
    return True


def _one_line(text: str) -> str:
    return " ".join(text.split("\n"))


def _plain_value(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, date | uuid.UUID):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no JSON form here")
