"""One child as its supervisor sees it: start it, talk to it, end it, read what it left."""

from __future__ import annotations

import multiprocessing
import os
import uuid
from multiprocessing.context import SpawnProcess
from typing import Any

from rota import clock
from rota.processes import child
from rota.processes.death import Death, Verdict, status_of
from rota.processes.options import Options
from rota.processes.slate import Slate, Slot, memory_for
from rota.processes.spec import WORKER, Spec
from rota.processes.tree import Tree

_SPAWN = multiprocessing.get_context("spawn")


class Member:
    """A child process. Must be started from the supervisor's main thread: on Linux the child dies with that thread."""

    def __init__(
        self,
        role: str,
        supervisor: uuid.UUID,
        options: Options,
        *,
        group: int | None = None,
        synced: bool = False,
    ) -> None:
        self.spec = Spec(role, uuid.uuid4(), supervisor, os.getpid(), options, synced)
        self.group = group
        self.slate = Slate(memory := memory_for(options.slots), options.slots)
        self.pipe, theirs = _SPAWN.Pipe()
        self.process: SpawnProcess = _SPAWN.Process(
            target=child.main, args=(self.spec, theirs, memory), name=f"rota-{role}", daemon=False
        )
        self.process.start()
        theirs.close()
        self.tree = Tree(self.process.pid or 0)
        self.started = clock.elapsed()
        self.ready = False
        self.rests = False
        """It was told that it hears of everything."""
        self.leaving = False
        """It takes no new work, as another is to take its place."""
        self.synced = synced
        self.broken = ""
        self.ended_at: float | None = None
        self.handed_back = self.failed = 0
        self.verdict: Verdict | None = None
        self.killed = False
        self._pipe_open = True

    @property
    def role(self) -> str:
        """worker or scheduler"""
        return self.spec.role

    @property
    def alive(self) -> bool:
        """Whether the process has not ended."""
        return self.process.exitcode is None

    @property
    def waits_on(self) -> list[Any]:
        """What becomes readable when it says something or ends."""
        return [self.process.sentinel, *([self.pipe] if self._pipe_open else [])]

    @property
    def began(self) -> list[Slot]:
        """The runs in its hands that have begun."""
        return self.slate.begun() if self.role == WORKER else []

    def tell(self, *message: Any) -> None:
        """Send it a message; a child that has ended is past hearing."""
        try:
            self.pipe.send(message)
        except (BrokenPipeError, ConnectionError, OSError):
            self._pipe_open = False

    def hear(self) -> list[tuple[Any, ...]]:
        """What it has said since the last time."""
        heard: list[tuple[Any, ...]] = []
        try:
            while self._pipe_open and self.pipe.poll():
                heard.append(self.pipe.recv())
        except (EOFError, OSError):
            self._pipe_open = False
        return heard

    def take_note(self, message: tuple[Any, ...]) -> None:
        """Remember what it said about itself."""
        match message:
            case ("ready",):
                self.ready = True
            case ("leaving",):
                self.leaving = True
            case ("synced",):
                self.synced = True
            case ("broken", text):
                self.broken = text
            case ("ended", handed_back, failed):
                self.ended_at = clock.elapsed()
                self.handed_back, self.failed = handed_back, failed

    def kill(self, verdict: Verdict | None = None) -> None:
        """End it and everything it started, at once."""
        self.verdict = self.verdict or verdict
        self.killed = True
        if self.alive:
            self.tree.kill()
        self.process.kill()

    def bury(self) -> Death:
        """What is to be known about a child that has ended. To be called once."""
        for message in self.hear():
            self.take_note(message)
        self.process.join()
        self.tree.clear()
        detail = status_of(self.process.exitcode)
        death = Death(
            self.spec.id, self.role, detail, tuple(self.began), tuple(self.slate.kept()), self.verdict
        )
        self.pipe.close()
        self.process.close()
        return death
