"""A stand-in for the time sheet service: it answers with invented hours, and fails four times in ten.

The failures come in a fixed order, so that two demos tell the same story.
"""

from __future__ import annotations

import json
import random
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

SEED = 91
"""Begins with failed, failed, answered: the first sync shows two retries and a success."""
FAILING = 0.4
PEOPLE = ["ana", "jonas", "priya", "marie", "tom", "lucia", "kenji"]
PROJECTS = ["Line 4 retrofit", "Annual report", "Site audit", "Training"]


class Handler(BaseHTTPRequestHandler):
    """GET /hours?day=2026-11-22"""

    server: Service

    def do_GET(self) -> None:
        if self.server.fails():
            self._answer(503, {"error": "upstream timed out"})
            return
        day = parse_qs(urlsplit(self.path).query).get("day", [""])[0]
        self._answer(200, {"day": day, "entries": hours_of(day)})

    def log_message(self, *_: object) -> None:
        """Requests are not worth a line: the runs tell what came of them."""

    def _answer(self, status: int, body: dict[str, object]) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


class Service(ThreadingHTTPServer):
    """The service on 127.0.0.1; port 0 takes a free one."""

    daemon_threads = True

    def __init__(self, port: int = 0, failing: float = FAILING) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self._dice = random.Random(SEED)
        self._failing = failing

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def fails(self) -> bool:
        return self._dice.random() < self._failing


def hours_of(day: str) -> list[dict[str, str]]:
    """What everybody booked on that day: the same for the same day."""
    dice = random.Random(day)
    return [
        {"person": person, "project": project, "hours": f"{dice.randrange(1, 33) / 4:.2f}"}
        for person in PEOPLE
        for project in dice.sample(PROJECTS, 2)
    ]
