"""The log of an attempt as people read it: each line with its level, and nothing that a terminal or a page obeys."""

from __future__ import annotations

import dataclasses
import itertools
import re
from collections.abc import Iterator

HEAD = 16 * 1024
"""Characters of a log that are kept from its beginning; what is missing is missing after them."""
LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")

_RECORD = re.compile(rf"\d{{4}}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{{3}}Z ({'|'.join(LEVELS)}) ")
_MISSING = re.compile(r"\n… (\d+) characters left out …\n")


@dataclasses.dataclass(frozen=True)
class Lines:
    """Lines in a row that have one level; '' is what was printed."""

    level: str
    text: str


def by_level(log: str) -> list[Lines]:
    """The whole log, in order. A record's further lines, which begin with a tab, have its level."""
    groups = itertools.groupby(_levelled(log), key=lambda pair: pair[0])
    return [Lines(level, "\n".join(escaped(line) for _, line in pairs)) for level, pairs in groups]


def left_out(characters: int) -> str:
    """The line that stands for so many characters; '' for none."""
    return f"\n… {characters} characters left out …\n" if characters else ""


def newer(text: str, seen: int) -> tuple[str, int]:
    """What a log holds beyond the first `seen` characters that were written to it, and how many were written.

    Where some of it is missing in the middle, the same line says how much.
    """
    mark = _MISSING.match(text, HEAD)
    missing = int(mark[1]) if mark else 0
    head, tail = (text[:HEAD], text[mark.end() :]) if mark else (text, "")
    size = len(head) + missing + len(tail)
    tail_begins = size - len(tail)
    if seen >= tail_begins:
        return (tail if mark else head)[seen - (tail_begins if mark else 0) :], size
    return head[seen:] + left_out(tail_begins - max(seen, len(head))) + tail, size


def escaped(line: str) -> str:
    """One line with its control characters written out, `\\x1b` and the like; tabs stay."""
    if line.isprintable():
        return line
    return "".join(one if one.isprintable() or one == "\t" else f"\\x{ord(one):02x}" for one in line)


def _levelled(log: str) -> Iterator[tuple[str, str]]:
    level = ""
    for line in log.removesuffix("\n").split("\n") if log else ():
        if record := _RECORD.match(line):
            level = record[1]
        elif not line.startswith("\t"):
            level = ""
        yield level, line.removesuffix("\r")
