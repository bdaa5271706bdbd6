"""Spans of time in words, the same on every screen."""

from __future__ import annotations

from datetime import datetime

UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))


def duration(seconds: float | None) -> str:
    """'0.4 s', '41 s', '2 min 1 s', '1 h 4 min', '3 d 2 h'; rounded down, never negative. '' for None."""
    if seconds is None:
        return ""
    seconds = max(0.0, seconds)
    if seconds < 10:
        return f"{int(seconds * 10) / 10:.1f} s"
    left = int(seconds)
    parts: list[str] = []
    for size, unit in UNITS:
        if left >= size or parts:
            parts.append(f"{left // size} {unit}")
            left %= size
    return " ".join(part for part in parts[:2] if not part.startswith("0 "))


def coarse(seconds: float) -> str:
    """The largest unit alone: '59 s', '1 min', '6 h', '3 d'; rounded down, never negative."""
    left = max(0, int(seconds))
    return next((f"{left // size} {unit}" for size, unit in UNITS if left >= size), "0 s")


def relative(moment: datetime, now: datetime) -> str:
    """'6 h ago', 'just now', 'in 23 h'. A moment that clocks disagree about by less than 5 s is just now."""
    ahead = (moment - now).total_seconds()
    if abs(ahead) < 5:
        return "just now" if ahead <= 0 else f"in {coarse(ahead)}"
    return f"in {coarse(ahead)}" if ahead > 0 else f"{coarse(-ahead)} ago"


def several(number: int, noun: str) -> str:
    """'1 run', '2 runs', '12,000 runs'."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")
