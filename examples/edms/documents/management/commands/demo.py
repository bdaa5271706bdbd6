"""`manage.py demo`: the example project with a past, an outage that has just ended, and everything running."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import threading
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Permission, User
from django.core.management import CommandError, call_command
from django.core.management.base import BaseCommand, CommandParser
from django.db import connections, transaction
from django.utils import timezone
from tempo.service import Service

from documents import history
from documents.children import Child
from documents.factory import make_documents

PASSWORD = "rota-demo"
LOOK_AT = """
rota demo: {address}
  user admin, password rota-demo   (viewer, rota-demo: sees everything, may run nothing)

  What to look at
  - The story on top: nothing was planned since yesterday 22:00 UTC; every run due since then is accounted for.
  - "Tempo: today's hours" runs every two minutes against a service that fails four times in ten: watch the retries.
  - "Send Test Email" never comes by itself: press Run now, then look into {mail}
  - Stop this with Ctrl-C, start `manage.py rota run` again later, and see what it made up for.
"""


class Command(BaseCommand):
    help = "Prepare the example project from nothing, then run the web server, the scheduler and the workers."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=8765)
        parser.add_argument("--processes", type=int, default=1, help="worker processes")

    def handle(self, *, port: int, processes: int, **options: Any) -> None:
        _require_free(port)
        self.stdout.write("Preparing documents, users and some days of history in " + str(settings.VAR))
        prepare()
        stop = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda _number, _frame: stop.set())
        self._serve(port, processes, stop)

    def _serve(self, port: int, processes: int, stop: threading.Event) -> None:
        service = Service()
        threading.Thread(target=service.serve_forever, daemon=True).start()
        environment = {**os.environ, "EDMS_TEMPO_URL": service.url, "PYTHONUNBUFFERED": "1"}
        children = [
            Child("web", ["runserver", "--noreload", f"127.0.0.1:{port}"], environment, self.stdout),
            Child("rota", ["rota", "run", "--processes", str(processes)], environment, self.stdout),
        ]
        address = f"http://127.0.0.1:{port}/admin/scheduler/monitoring/"
        self.stdout.write(LOOK_AT.format(address=address, mail=settings.MAIL_BOX))
        self.stdout.flush()
        try:
            ended = _wait(children, stop)
        finally:
            for child in children:
                child.ask_to_stop()
            codes = {child.name: child.wait() for child in children}
            service.shutdown()
        if ended:
            raise CommandError(f"{ended} ended by itself with exit code {codes[ended]}; its words are above.")
        self.stdout.write("Stopped.")


def prepare() -> None:
    """An empty database, then everything in it, the same each time but for the dates."""
    connections.close_all()
    _clear(settings.VAR)
    call_command("migrate", verbosity=0)
    with transaction.atomic():
        make_documents(timezone.now())
        _make_users()
        history.live_until(history.stopped_at(timezone.now()))


def _clear(folder: Path) -> None:
    database = Path(settings.DATABASES["default"]["NAME"])
    for path in (database, *(database.with_name(database.name + end) for end in ("-wal", "-shm"))):
        path.unlink(missing_ok=True)
    shutil.rmtree(folder / "mail", ignore_errors=True)


def _make_users() -> None:
    # Hashed once: it takes most of a second, and both have the same.
    password = make_password(PASSWORD)
    everything = {"is_staff": True, "is_superuser": True, "first_name": "Ana", "last_name": "Bianchi"}
    User.objects.create(username="admin", email="admin@example.org", password=password, **everything)
    viewer = User.objects.create(
        username="viewer", email="viewer@example.org", password=password, is_staff=True
    )
    viewer.user_permissions.set(
        Permission.objects.filter(content_type__app_label="rota", codename__startswith="view_")
    )


def _require_free(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise CommandError(
                f"Port {port} is taken: stop what listens there, or give another --port."
            ) from error


def _wait(children: list[Child], stop: threading.Event) -> str:
    """Until somebody asks to stop (''), or a child ends by itself (its name)."""
    while not stop.wait(0.2):
        for child in children:
            if child.exit_code is not None:
                return child.name
    return ""
