"""Bounded texts keep their beginning and their end."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from rota.execution.texts import HEAD, TAIL, Captured, bounded
from rota.queries.logs import newer


@given(st.lists(st.integers(0, 30_000), max_size=12))
def test_any_pieces_give_the_same_as_one(sizes: list[int]) -> None:
    pieces = [chr(97 + n % 26) * size for n, size in enumerate(sizes)]
    captured = Captured()
    for piece in pieces:
        captured.write(piece)
    assert captured.text() == bounded("".join(pieces))


@given(st.integers(0, 300_000))
def test_what_is_left_out_is_counted(size: int) -> None:
    whole = "".join(chr(97 + n % 26) for n in range(26)) * (size // 26 + 1)
    text = bounded(whole[:size])
    left_out = max(0, size - HEAD - TAIL)
    assert text.startswith(whole[: min(size, HEAD)]) and text.endswith(whole[:size][-min(size, TAIL) :])
    assert (f"… {left_out} characters left out …" in text) == bool(left_out)


@given(st.lists(st.integers(1, 40_000), max_size=8), st.integers(1, 8))
def test_who_reads_now_and_then_reads_everything_that_was_kept(sizes: list[int], often: int) -> None:
    captured, seen, read, whole = Captured(), 0, "", ""
    for number, size in enumerate(sizes, 1):
        piece = "".join(chr(97 + (size + n) % 26) for n in range(size))
        captured.write(piece)
        whole += piece
        if number % often == 0 or number == len(sizes):
            new, seen = newer(captured.text(), seen)
            read += new
    assert seen == captured.size == len(whole)
    parts = re.split(r"\n… (\d+) characters left out …\n", read)
    assert sum(map(len, parts[::2])) + sum(map(int, parts[1::2])) == len(whole)
    assert whole.startswith(parts[0]) and whole.endswith(parts[-1])
