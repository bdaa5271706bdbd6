"""A process that uses rota's own connections: `python -m tests.faults.peer <what> [argument]`; prints JSON lines."""

from __future__ import annotations

import json
import os
import signal
import sys
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
    from django.db import connections

    from rota.ledger import own
    from rota.ledger.connections import insistently, own_alias, writing
    from rota.models import Cursor

    own.POSTGRES["idle_in_transaction_session_timeout"] = "1s"
    own.FROZEN = 1
    tries = 0

    def work() -> int:
        nonlocal tries
        tries += 1
        with writing(own_alias()):
            held = list(Cursor.objects.using(own_alias()).select_for_update())
            if tries == 1:
                say(held=len(held))
                os.kill(os.getpid(), signal.SIGSTOP)
            return Cursor.objects.using(own_alias()).update(failures=7)

    say(updated=insistently(work, own_alias()), tries=tries)
    connections.close_all()


if __name__ == "__main__":
    django.setup()
    {"settings": settings, "hold": hold}[sys.argv[1]]([*sys.argv, ""][2])
