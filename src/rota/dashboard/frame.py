"""What stands around every page: the bar that says when nothing is planned, the zone, the theme."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest

from rota.dashboard import moments
from rota.queries.status import status

THEMES = ("light", "dark")


def frame(request: HttpRequest, here: str, now: datetime, using: str) -> dict[str, Any]:
    """The context that `rota/base.html` needs. `here` names the entry of the navigation."""
    theme = request.COOKIES.get("rota_theme", "")
    return {
        "here": here,
        "now": moments.exact(now, now),
        "zone": moments.zone_name(),
        "theme": theme if theme in THEMES else "",
        "status": status(now, using=using),
        "live": request.headers.get("X-Rota-Live") == "1",
    }
