"""One moment, once."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from rota.timing.calendar import Calendar
from rota.timing.moments import at_any_quarter, from_iso, seconds, to_iso, utc


@dataclass(frozen=True, slots=True)
class Once(Calendar):
    """A single instant. Made by `at(...)`."""

    moment: datetime

    def __post_init__(self) -> None:
        object.__setattr__(self, "moment", utc(self.moment))

    def later(self, moment: datetime) -> Iterator[datetime]:
        return iter((self.moment,) if self.moment > moment else ())

    def earlier(self, moment: datetime) -> Iterator[datetime]:
        return iter((self.moment,) if self.moment < moment else ())

    def has(self, moment: datetime) -> bool:
        return moment == self.moment

    @property
    def impossible(self) -> bool:
        return False

    def describe(self) -> str:
        return f"Once at {to_iso(self.moment)[:-1].replace('T', ' ')} UTC"

    def marks(self, zone: str) -> frozenset[int]:
        return at_any_quarter([seconds(self.moment)])

    def text(self) -> str:
        return f"at {to_iso(self.moment)}"


def at(moment: datetime | str) -> Once:
    """A calendar that fires once: at an aware datetime, or at ISO 8601 text with an offset.

    Raises CalendarError for a naive moment, for text that is no moment, and for a leap second.
    """
    return Once(from_iso(moment) if isinstance(moment, str) else moment)
