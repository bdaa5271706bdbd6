"""Who may come in, what the answer's headers forbid the browser, and how a refusal reads."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.templatetags.static import static
from django.utils.cache import patch_cache_control

from rota.actions import Actor
from rota.exceptions import UnknownName

View = Callable[..., HttpResponseBase]

SEE = "rota.view_schedule"
RUN = "rota.run_schedule"


def needs(*permissions: str) -> Callable[[View], View]:
    """Let in who is logged in and has all of these permissions.

    Others are sent to the login page, or get a 403 that names what they lack. A name that does not exist is a 404 with
    the nearest that do. Every answer, whatever it is, carries the headers of `_guarded`.
    """

    def decorate(view: View) -> View:
        @functools.wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            return _guarded(_answer(view, permissions, request, *args, **kwargs))

        return guarded

    return decorate


def actor_of(request: HttpRequest) -> Actor:
    """The person behind a request, for the audit trail, with the address that the connection came from."""
    user: Any = request.user
    return Actor(
        name=user.get_full_name() or user.get_username(),
        id=str(user.pk),
        channel="dashboard",
        ip=request.META.get("REMOTE_ADDR", ""),
        user_agent=request.headers.get("User-Agent", ""),
        user=user,
    )


def _answer(
    view: View, permissions: tuple[str, ...], request: HttpRequest, *args: Any, **kwargs: Any
) -> HttpResponseBase:
    if not request.user.is_authenticated:
        return redirect_to_login(request.get_full_path())
    lacking = [name for name in permissions if not request.user.has_perm(name)]
    if lacking:
        return _refusal(request, 403, "Not allowed", f"You lack the permission {' and '.join(lacking)}.")
    try:
        return view(request, *args, **kwargs)
    except UnknownName as error:
        return _refusal(request, 404, "Not found", str(error))


def _refusal(request: HttpRequest, status: int, title: str, sentence: str) -> HttpResponse:
    return render(request, "rota/refusal.html", {"title": title, "sentence": sentence}, status=status)


def _guarded(response: HttpResponseBase) -> HttpResponseBase:
    """No script or style but ours, no frame around us, no copy in a shared cache."""
    response["Content-Security-Policy"] = _policy()
    response["X-Content-Type-Options"] = "nosniff"
    response["X-Frame-Options"] = "DENY"
    response["Referrer-Policy"] = "same-origin"
    patch_cache_control(response, no_store=True, private=True)
    return response


def _policy() -> str:
    # A project may serve its static files from a host of their own.
    address = urlsplit(static("rota/dashboard.css"))
    own = f"'self' {address.scheme}://{address.netloc}" if address.scheme and address.netloc else "'self'"
    return (
        f"default-src 'none'; script-src {own}; style-src {own}; img-src {own}; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
