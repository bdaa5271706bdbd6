"""Bounded texts keep their beginning and their end."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rota.execution.texts import HEAD, TAIL, Captured, bounded


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
