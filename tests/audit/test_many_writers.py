"""Twenty writers in four processes at once, from an empty table on: one chain without a break comes out."""

from __future__ import annotations

import subprocess
import sys

import pytest

from rota.audit.verify import verify
from rota.models import AuditEntry

PROCESSES, THREADS, ENTRIES = 4, 5, 5

WRITER = f"""
import os, sys
from concurrent.futures import ThreadPoolExecutor
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
import django
django.setup()
from django.db import DatabaseError
from rota import clock
from rota.audit.actor import Actor
from rota.audit.record import record
from rota.ledger.connections import own_alias, transient, writing

using = own_alias()

def write(name):
    for n in range({ENTRIES}):
        # As every caller does: MySQL may call several first writers of an empty chain a deadlock.
        while not once(name, n):
            pass

def once(name, n):
    try:
        with writing(using):
            record(Actor(name), "tested", str(n), using=using, now=clock.now(using))
    except DatabaseError as error:
        if not transient(error):
            raise
        return False
    return True

sys.stdin.readline()
with ThreadPoolExecutor({THREADS}) as pool:
    list(pool.map(write, [f"{{sys.argv[1]}} {{thread}}" for thread in range({THREADS})]))
"""


@pytest.mark.processes
@pytest.mark.django_db(transaction=True)
def test_one_unbroken_chain() -> None:
    command = [sys.executable, "-c", WRITER]
    writers = [
        subprocess.Popen([*command, f"process {n}"], stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for n in range(PROCESSES)
    ]
    # Those that are still starting take the line as soon as they can read it, so nobody waits for a time.
    for writer in writers:
        writer.stdin.write("go\n")
        writer.stdin.flush()
    errors = [writer.communicate()[1] for writer in writers]
    assert [writer.returncode for writer in writers] == [0] * PROCESSES, "\n".join(errors)[-3000:]
    assert verify(using="default").ok
    assert AuditEntry.objects.count() == PROCESSES * THREADS * ENTRIES
    assert AuditEntry.objects.values("actor").distinct().count() == PROCESSES * THREADS
