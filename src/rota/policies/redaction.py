"""Secrets are taken out before a value is stored or shown, by the name under which they stand."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

HIDDEN = "[redacted]"

_SECRET = re.compile(
    r"passw(or)?d|passphrase|secret|token|api_?key|access_?key|private_?key|authori[sz]ation|credential|cookie|session_?id",
    re.IGNORECASE,
)
_MAX_DEPTH = 32


def redact(value: Any, names: Iterable[str] = ()) -> Any:
    """A copy of a JSON value in which whatever stands under a secret's name reads `[redacted]`.

    Secret names hold password, secret, token, api_key, authorization and the like, or one of `names` (a project's
    ROTA["REDACT"]); case does not count, and `-` is `_`. What nests deeper than 32 levels is hidden whole.
    """
    return _redacted(value, frozenset(_plain(name) for name in names), _MAX_DEPTH)


def _redacted(value: Any, extra: frozenset[str], depth: int) -> Any:
    if isinstance(value, dict):
        return {name: _item(str(name), item, extra, depth) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_redacted(item, extra, depth - 1) if depth else HIDDEN for item in value]
    return value


def _item(name: str, item: Any, extra: frozenset[str], depth: int) -> Any:
    if not depth or _is_secret(name, extra):
        return HIDDEN
    return _redacted(item, extra, depth - 1)


def _is_secret(name: str, extra: frozenset[str]) -> bool:
    plain = _plain(name)
    return bool(_SECRET.search(plain)) or any(word in plain for word in extra)


def _plain(name: str) -> str:
    return name.lower().replace("-", "_")
