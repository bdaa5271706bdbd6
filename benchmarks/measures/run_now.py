"""Run Now, pressed over HTTP beside a backlog with no worker alive: how long until the answer."""

from __future__ import annotations

import http.client
import secrets
import time
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth import get_user_model
from django.test import Client

from benchmarks import web
from benchmarks.figures import Round, percentile
from benchmarks.measures.sizes import Sizes
from benchmarks.staff import Failed
from benchmarks.systems.base import Queue

KEY = "idle-0"
WARM = 5


def measure(queue: Queue, sizes: Sizes) -> Round:
    """`run_now50`, `run_now99`: milliseconds from the first byte sent to the last byte read."""
    from django.core.management import call_command

    call_command("rota", "sync", verbosity=0)
    queue.enqueue_many("nothing", (f"x{n}" for n in range(sizes.backlog)))
    with web.served() as port:
        headers = _logged_in()
        taken = [_press(port, headers) for _ in range(WARM + sizes.presses)][WARM:]
    return {"run_now50": percentile(taken, 0.5), "run_now99": percentile(taken, 0.99)}


def _logged_in() -> dict[str, str]:
    user = get_user_model().objects.create_superuser("bench", password=None)
    client = Client()
    client.force_login(user)
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    token = secrets.token_hex(16)
    return {
        "Cookie": f"{settings.SESSION_COOKIE_NAME}={session}; {settings.CSRF_COOKIE_NAME}={token}",
        "X-CSRFToken": token,
        "Content-Type": "application/x-www-form-urlencoded",
    }


def _press(port: int, headers: dict[str, str]) -> float:
    form = urlencode({"once": secrets.token_urlsafe(16), "arguments": "", "reason": ""})
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    begun = time.perf_counter()
    connection.request("POST", f"/rota/schedules/{KEY}/run/", form, headers)
    answer = connection.getresponse()
    body = answer.read()
    took = 1000 * (time.perf_counter() - begun)
    connection.close()
    if answer.status != 302:
        raise Failed(f"Run Now: expected a redirect, got {answer.status}: {body[:500]!r}")
    return took
