"""Memory that a worker shares with its supervisor: what has begun, and outcomes that are not stored yet.

A process may be killed between any two bytes. A slot counts as written only when its mark, set last, is the checksum
of the rest; an outcome only when its length, set last, is there and its checksum fits. Layout:

    header   when the supervisor last held its lease | idle? | which half of the arena is in use
    slots    one per thread: mark, run id, token, attempt, when it began, hard deadline
    arena    two halves, each a chain of (length, checksum, JSON), ended by a length of zero
"""

from __future__ import annotations

import dataclasses
import json
import struct
import threading
import uuid
import zlib
from collections.abc import Iterable, Iterator
from multiprocessing.sharedctypes import RawArray
from typing import Any

from rota.ledger.ending import Ending

HEADER = 64
_BEAT, _IDLE, _HALF = 0, 8, 9
_SLOT = struct.Struct("@I4x16sqqdd")
_RECORD = struct.Struct("@II")
HALF = 1024 * 1024
LARGEST = 256 * 1024
"""Bytes of one outcome; a longer one waits without its texts and result."""
NEVER = float("inf")


@dataclasses.dataclass(frozen=True, slots=True)
class Slot:
    """A run that has begun. Times are `clock.elapsed()` seconds; the deadline is infinite when there is none."""

    run_id: uuid.UUID
    token: int
    attempt: int
    started: float
    deadline: float = NEVER


def memory_for(slots: int) -> Any:
    """Shared memory for that many slots, to be handed to a child when it is started."""
    return RawArray("B", HEADER + slots * _SLOT.size + 2 * HALF)


class Slate:
    """One view of the memory. The supervisor writes the beat and reads the rest; the worker does the opposite."""

    def __init__(self, memory: Any, slots: int) -> None:
        self._bytes = memoryview(memory).cast("B")
        self._slots = slots
        self._lock = threading.Lock()
        self._used = [0, 0]
        self._kept: list[tuple[Ending, bytes]] = []

    @property
    def beat(self) -> float:
        """When, on `clock.elapsed()`, the supervisor last knew that its lease was held."""
        found: float = struct.unpack_from("@d", self._bytes, _BEAT)[0]
        return found

    @beat.setter
    def beat(self, moment: float) -> None:
        struct.pack_into("@d", self._bytes, _BEAT, moment)

    @property
    def idle(self) -> bool:
        """Whether the worker waits for work."""
        return bool(self._bytes[_IDLE])

    @idle.setter
    def idle(self, value: bool) -> None:
        self._bytes[_IDLE] = value

    def begin(self, number: int, slot: Slot) -> None:
        """From here on the run counts as begun."""
        at = self._slot_at(number)
        self.clear(number)
        values = (slot.run_id.bytes, slot.token, slot.attempt, slot.started, slot.deadline)
        _SLOT.pack_into(self._bytes, at, 0, *values)
        struct.pack_into("@I", self._bytes, at, self._mark(at))

    def clear(self, number: int) -> None:
        """Nothing runs in this slot."""
        struct.pack_into("@I", self._bytes, self._slot_at(number), 0)

    def begun(self) -> list[Slot]:
        """What has begun and not ended."""
        return [slot for number in range(self._slots) if (slot := self._read(number)) is not None]

    def keep(self, ending: Ending) -> bool:
        """Keep an outcome until it is stored. False when there is no room: store some first."""
        data = _packed(ending)
        with self._lock:
            half = self._bytes[_HALF]
            if self._used[half] + 2 * _RECORD.size + len(data) > HALF:
                return False
            self._used[half] = self._write(half, self._used[half], data)
            self._kept.append((ending, data))
        return True

    def forget(self, stored: Iterable[Ending]) -> None:
        """These outcomes are stored; whatever was kept meanwhile stays."""
        gone = {id(ending) for ending in stored}
        with self._lock:
            self._kept = [kept for kept in self._kept if id(kept[0]) not in gone]
            other = 1 - self._bytes[_HALF]
            used = 0
            _RECORD.pack_into(self._bytes, self._arena_at(other), 0, 0)
            for _, data in self._kept:
                used = self._write(other, used, data)
            self._used[other] = used
            # One byte turns the page: a reader sees all of the old outcomes or all of the new.
            self._bytes[_HALF] = other

    def kept(self) -> list[Ending]:
        """The outcomes that wait; a torn last one is left out."""
        return [Ending.from_json(json.loads(data)) for data in self._records(self._bytes[_HALF])]

    def _write(self, half: int, used: int, data: bytes) -> int:
        at = self._arena_at(half) + used
        end = at + _RECORD.size + len(data)
        self._bytes[at + _RECORD.size : end] = data
        _RECORD.pack_into(self._bytes, end, 0, 0)
        struct.pack_into("@I", self._bytes, at + 4, zlib.crc32(data))
        struct.pack_into("@I", self._bytes, at, len(data))
        return used + _RECORD.size + len(data)

    def _records(self, half: int) -> Iterator[bytes]:
        at, limit = self._arena_at(half), self._arena_at(half) + HALF
        while at + _RECORD.size <= limit:
            length, checksum = _RECORD.unpack_from(self._bytes, at)
            data = bytes(self._bytes[at + _RECORD.size : at + _RECORD.size + length])
            if not length or at + _RECORD.size + length > limit or zlib.crc32(data) != checksum:
                return
            yield data
            at += _RECORD.size + length

    def _read(self, number: int) -> Slot | None:
        at = self._slot_at(number)
        copy = bytes(self._bytes[at : at + _SLOT.size])
        mark, run_id, token, attempt, started, deadline = _SLOT.unpack(copy)
        if mark == 0 or mark != _mark_of(copy):
            return None
        return Slot(uuid.UUID(bytes=run_id), token, attempt, started, deadline)

    def _mark(self, at: int) -> int:
        return _mark_of(bytes(self._bytes[at : at + _SLOT.size]))

    def _slot_at(self, number: int) -> int:
        return HEADER + number * _SLOT.size

    def _arena_at(self, half: int) -> int:
        return HEADER + self._slots * _SLOT.size + half * HALF


def _mark_of(slot: bytes) -> int:
    return zlib.crc32(slot[4:]) or 1


def _packed(ending: Ending) -> bytes:
    data = json.dumps(ending.to_json()).encode()
    if len(data) <= LARGEST:
        return data
    note = "Left out: too long for a worker that died before it could store it."
    result = {"rota:left_out": note} if ending.result is not None else None
    short = dataclasses.replace(ending, result=result, error=ending.error[:1000], traceback=note, log=note)
    return json.dumps(short.to_json()).encode()
