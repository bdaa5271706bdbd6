"""A process that uses rota's own connections: `python -m tests.faults.peer <what> [argument]`; prints JSON lines."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable
from typing import Any

import django


def say(**facts: Any) -> None:
    print(json.dumps(facts), flush=True)


def settings(names: str) -> None:
    """What these settings are on rota's own connection and on the project's."""
    from django.db import connections

    from rota.ledger.connections import own_alias, writing

    def read(alias: str) -> dict[str, str]:
        with connections[alias].cursor() as cursor:
            wanted = names.split(",")
            marks = ", ".join(
                f"current_setting('{name}')" if connections[alias].vendor == "postgresql" else f"@@{name}"
                for name in wanted
            )
            cursor.execute(f"SELECT {marks}")
            return dict(zip(wanted, map(str, cursor.fetchone()), strict=True))

    alone = read(own_alias())
    with writing(own_alias()):
        inside = read(own_alias())
    options = connections.databases[own_alias()]["OPTIONS"]
    say(own=alone, transaction=inside, project=read("default"), options=sorted(options))


def hold(_: str) -> None:
    """Lock every cursor in a unit of work, and freeze in the middle of it, the first time."""
    _hurry()
    _update_all(lambda: os.kill(os.getpid(), signal.SIGSTOP))


def wait(how: str) -> None:
    """Lock every cursor in a unit of work, and wait for a line in the middle of it, the first time.

    With `hurry` silence counts as an end after a second or two; else after as long as in production.
    """
    if how == "hurry":
        _hurry()
    _update_all(sys.stdin.readline)


def use(_: str) -> None:
    """Ask for a run, look at it, and have it cancelled, as a project's own code does."""
    from rota.actions import Actor, cancel
    from tests.faults.work import note

    asked = note.enqueue("mine")
    before = note.get_result(asked.id).status
    cancel(asked.id, Actor("Ana", "script"), "not needed")
    asked.refresh()
    say(run=asked.id, before=before, after=asked.status)


def _hurry() -> None:
    from rota.ledger import own

    own.FROZEN = 1
    own.POSTGRES["idle_in_transaction_session_timeout"] = "1s"
    own.LIBPQ |= {"keepalives_idle": 1, "keepalives_interval": 1, "tcp_user_timeout": 2000}
    own.MYSQL_CLIENT["read_timeout"] = 2


def _update_all(in_the_middle: Callable[[], object]) -> None:
    from django.db import connections

    from rota.ledger.connections import insistently, own_alias, writing
    from rota.models import Cursor

    tries = 0

    def work() -> int:
        nonlocal tries
        tries += 1
        with writing(own_alias()):
            held = list(Cursor.objects.using(own_alias()).select_for_update())
            if tries == 1:
                say(held=len(held))
                in_the_middle()
            return Cursor.objects.using(own_alias()).update(failures=7)

    say(updated=insistently(work, own_alias()), tries=tries)
    connections.close_all()


if __name__ == "__main__":
    django.setup()
    {"settings": settings, "hold": hold, "wait": wait, "use": use}[sys.argv[1]]([*sys.argv, ""][2])
