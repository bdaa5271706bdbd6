"""Who acts: the name and address as they were at that moment."""

from __future__ import annotations

import dataclasses
from typing import Any

CHANNELS = ("dashboard", "api", "cli", "code", "system")


@dataclasses.dataclass(frozen=True, slots=True)
class Actor:
    """A person, a deploy (`channel="code"`) or the product itself (`channel="system"`).

    `user` is the request's user where there is one, for permission checks; it is never stored. Raises ValueError for
    an empty name or an unknown channel: nothing is done in nobody's name.
    """

    name: str
    id: str = ""
    channel: str = "system"
    ip: str = ""
    user_agent: str = ""
    user: Any = dataclasses.field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        if not self.name.strip():
            raise ValueError("actor: expected the name of whoever acts, got an empty one.")
        if self.channel not in CHANNELS:
            raise ValueError(f"actor: expected a channel out of {', '.join(CHANNELS)}, got {self.channel!r}.")

    def __str__(self) -> str:
        return self.name


ROTA = Actor("rota")
"""The product itself: what happens without anybody asking."""
DEPLOY = Actor("code", channel="code")
"""A deploy that brought new declarations."""
