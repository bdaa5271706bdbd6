"""The one point where texts and results are made storable: a state is always stored, even if a text is not."""

from __future__ import annotations

import json
from typing import Any

from rota import conf


def text(value: str, at_most: int | None = None) -> str:
    """`value` without NUL bytes and lone surrogates, and of at most `at_most` characters (MAX_BYTES by default)."""
    if not value:
        return ""
    limit = conf.current().MAX_BYTES if at_most is None else at_most
    clean = value.encode("utf-8", "replace").decode("utf-8").replace("\x00", "\N{REPLACEMENT CHARACTER}")
    if len(clean) <= limit:
        return clean
    mark = f"\n… {len(clean) - limit} characters left out …\n"
    if limit <= len(mark):
        return clean[:limit]
    half = (limit - len(mark)) // 2
    return clean[:half] + mark + clean[-half:]


def result(value: Any) -> Any:
    """`value` as JSON the database takes; what cannot be stored becomes an object that says why."""
    if value is None or value is True or value is False:
        return value
    try:
        stored = json.dumps(value, allow_nan=False, ensure_ascii=True)
    except (TypeError, ValueError, RecursionError) as error:
        return _left_out(value, f"not JSON: {_plain(error)}")
    if len(stored) > conf.current().MAX_BYTES:
        return _left_out(value, f"{len(stored)} bytes, more than MAX_BYTES = {conf.current().MAX_BYTES}")
    if stored.count("[") + stored.count("{") > conf.DEEPEST and _depth(value) > conf.DEEPEST:
        return _left_out(value, f"nested more than {conf.DEEPEST} levels deep")
    if "\\u0000" in stored or "\\ud" in stored:
        return _cleaned(json.loads(stored))
    return value


def _depth(value: Any) -> int:
    """Levels of nesting, counted level by level: recursion has a limit of its own."""
    level, depth = [value], 0
    while level := [one for one in level if isinstance(one, dict | list | tuple)]:
        depth += 1
        level = [inner for one in level for inner in (one.values() if isinstance(one, dict) else one)]
    return depth


def _left_out(value: Any, why: str) -> dict[str, str]:
    return {"rota:unserialisable": type(value).__qualname__, "why": text(why, 300)}


def _plain(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:  # noqa: BLE001 - an exception's own __str__ may raise; its class name is what is left to say
        return type(error).__qualname__


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return text(value)
    if isinstance(value, list):
        return [_cleaned(item) for item in value]
    if isinstance(value, dict):
        return {text(key): _cleaned(item) for key, item in value.items()}
    return value
