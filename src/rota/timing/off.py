"""The calendar that is switched off."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from rota.timing.calendar import Calendar


@dataclass(frozen=True, slots=True)
class Never(Calendar):
    """No instant at all. Its text is `off`, the word that switches a schedule off from the environment."""

    def later(self, moment: datetime) -> Iterator[datetime]:
        return iter(())

    def earlier(self, moment: datetime) -> Iterator[datetime]:
        return iter(())

    def has(self, moment: datetime) -> bool:
        return False

    @property
    def impossible(self) -> bool:
        return True

    def describe(self) -> str:
        return "Never (switched off)"

    def text(self) -> str:
        return "off"

    def marks(self, zone: str) -> frozenset[int]:
        return frozenset()


def never() -> Never:
    """A calendar that never fires."""
    return Never()
