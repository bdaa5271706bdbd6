"""Names of zones, their pieces, and what the code assumes of the tz database."""

import re
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from rota.timing import CalendarError, check_zone, parse, tz_version, zone_names
from rota.timing.firing import GAP_ENDS
from rota.timing.moments import ALIGNED_SINCE, QUARTER
from rota.timing.text import _FIELD
from rota.timing.timeline import _STEP, piece_at
from tests.timing import oracle


@pytest.mark.parametrize(
    "name", ["", "/etc/passwd", "../UTC", "Europe", "utc", "localtime", "Factory", None, 3, "A" * 999]
)
def test_only_iana_zones_are_zones(name: Any) -> None:
    with pytest.raises(CalendarError, match="Expected an IANA time zone"):
        check_zone(name)


def test_no_zone_reads_like_a_field() -> None:
    """Otherwise `0 8 * * * ZONE` would have two meanings."""
    assert [name for name in zone_names() if _FIELD.fullmatch(name)] == []
    for name in zone_names():
        assert parse(f"0 8 * * * {name}").text() == f"0 8 * * * {name}"


def test_the_version_of_the_database_is_read() -> None:
    assert tz_version() == "unknown" or re.fullmatch(r"20\d\d[a-z]", tz_version())


def test_offsets_are_quarter_hours_since_1980() -> None:
    since = datetime.fromtimestamp(ALIGNED_SINCE, UTC)
    for name in zone_names():
        tz = ZoneInfo(name)
        moments = [
            since,
            *(since.replace(year=year, month=month) for year in range(1980, 2038) for month in (2, 8)),
        ]
        offsets = [tz.utcoffset(moment.replace(tzinfo=None)) or timedelta() for moment in moments]
        odd = [offset for offset in offsets if offset % timedelta(seconds=QUARTER)]
        assert odd == [], name


def test_gaps_end_where_the_code_expects_it_since_1980() -> None:
    for name in zone_names():
        for change in oracle.all_changes(name):
            wall = change.astimezone(ZoneInfo(name))
            assert wall.minute * 60 + wall.second in GAP_ENDS or wall.fold or is_long(name, change), (
                name,
                change,
            )


def is_long(name: str, change: datetime) -> bool:
    before, after = ((change + timedelta(seconds=step)).astimezone(ZoneInfo(name)) for step in (-1, 0))
    return abs((after.utcoffset() or timedelta()) - (before.utcoffset() or timedelta())) >= timedelta(hours=3)


def test_two_changes_never_hide_within_one_step() -> None:
    """The search compares offsets a step apart; were two changes nearer, it could see neither."""
    for name in zone_names():
        found = oracle.changes(name, 1900, 1990) if name == "Africa/Freetown" else oracle.all_changes(name)
        nearest = min((two - one for one, two in pairwise(found)), default=None)
        assert nearest is None or nearest.total_seconds() > 2 * _STEP, name


@pytest.mark.parametrize(
    "name", ["Europe/Paris", "Africa/Casablanca", "America/St_Johns", "Asia/Gaza", "Pacific/Apia"]
)
def test_pieces_end_where_the_oracle_sees_changes(name: str) -> None:
    second, last = ALIGNED_SINCE, int(datetime(2037, 1, 1, tzinfo=UTC).timestamp())
    seen = []
    while second < last:
        piece = piece_at(name, second)
        assert piece.start <= second < piece.end
        if piece.before != piece.offset:
            seen.append(datetime.fromtimestamp(piece.start, UTC))
        second = piece.end
    assert seen == oracle.all_changes(name)
