"""Identifiers of runs: UUID version 7, so that ids sort by creation and indexes grow at one end."""

from __future__ import annotations

import os
import threading
import uuid

from rota import clock

_LOCK = threading.Lock()
_LAST = [0, 0]
"""The millisecond and the tail of the last id made in this process."""

TAIL_BITS = 74


def new_id() -> uuid.UUID:
    """A fresh UUIDv7 (RFC 9562, section 5.7): 48 bits of Unix milliseconds, then 74 random bits.

    Within one millisecond the random part counts on (section 6.2, method 2), so that what one process enqueues in
    one go keeps its order.
    """
    milliseconds = int(clock.host_now().timestamp() * 1000)
    with _LOCK:
        counts_on = milliseconds == _LAST[0] and _LAST[1] + 1 < 1 << TAIL_BITS
        # One bit less than there is room for: the counter has somewhere to go.
        tail = _LAST[1] + 1 if counts_on else int.from_bytes(os.urandom(10), "big") >> 7
        _LAST[:] = milliseconds, tail
    return uuid.UUID(
        int=(milliseconds << 80) | (0x7 << 76) | (tail >> 62 << 64) | (0x2 << 62) | (tail & (1 << 62) - 1)
    )


def new_token() -> int:
    """A fence: 62 random bits. Two claims never draw the same one in practice."""
    return int.from_bytes(os.urandom(8), "big") >> 2
