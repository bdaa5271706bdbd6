"""Random expressions, zones, moments and calendars."""

from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from rota.timing import Calendar, at, cron, every, never, zone_names

ZONES = st.sampled_from(sorted(zone_names()))
# Zones with half hours, a lost day, midnight changes, three-hour changes, negative daylight saving time.
STRANGE_ZONES = st.sampled_from(
    (
        *(
            "Europe/Paris",
            "America/New_York",
            "Australia/Lord_Howe",
            "Africa/Cairo",
            "Pacific/Apia",
            "Asia/Gaza",
        ),
        *("America/St_Johns", "Antarctica/Casey", "Antarctica/Troll", "Europe/Dublin", "Africa/Casablanca"),
        "Asia/Kathmandu",
    )
)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def moments(first_year: int, last_year: int) -> st.SearchStrategy[datetime]:
    """Whole seconds in UTC."""
    first, last = datetime(first_year, 1, 1, tzinfo=UTC), datetime(last_year, 12, 31, tzinfo=UTC)
    seconds = st.integers(int((first - EPOCH).total_seconds()), int((last - EPOCH).total_seconds()))
    return seconds.map(lambda number: EPOCH + timedelta(seconds=number))


@st.composite
def items(draw: st.DrawFn, low: int, high: int) -> str:
    first = draw(st.integers(low, high))
    last = draw(st.integers(first, high))
    step = draw(st.integers(1, high + 1))
    return draw(
        st.sampled_from(
            [f"{first}", f"{first}", f"{first}-{last}", f"{first}/{step}", f"{first}-{last}/{step}"]
        )
    )


@st.composite
def plain_fields(draw: st.DrawFn, low: int, high: int) -> str:
    star = draw(st.sampled_from(["*", f"*/{draw(st.integers(1, high))}", ""]))
    return star or ",".join(draw(st.lists(items(low, high), min_size=1, max_size=3)))


@st.composite
def month_days(draw: st.DrawFn) -> str:
    special = st.one_of(st.sampled_from(["L", "LW"]), st.integers(1, 31).map(lambda day: f"{day}W"))
    return draw(st.one_of(st.just("*"), plain_fields(1, 31), special, special.map(lambda one: f"{one},13")))


@st.composite
def week_days(draw: st.DrawFn) -> str:
    day = draw(st.integers(0, 7))
    special = draw(
        st.sampled_from([f"{day}L", f"{day}#{draw(st.integers(1, 5))}", "SUN", "FRI-SUN", "TUE,THU"])
    )
    return draw(st.one_of(st.just("*"), plain_fields(0, 7), st.just(special), st.just(f"{special},3")))


@st.composite
def expressions(draw: st.DrawFn, *, seconds: bool = False) -> str:
    """Five fields, six with `seconds`; mostly every month, so that something happens."""
    months = draw(st.sampled_from(["*", "*", "*", "JAN-MAR,9/2", draw(plain_fields(1, 12))]))
    parts = [
        draw(plain_fields(0, 59)),
        draw(plain_fields(0, 23)),
        draw(month_days()),
        months,
        draw(week_days()),
    ]
    return " ".join([draw(plain_fields(0, 59)), *parts] if seconds else parts)


@st.composite
def plain_calendars(draw: st.DrawFn) -> Calendar:
    kind = draw(st.sampled_from(["cron", "cron", "seconds", "every", "anchored", "at", "never"]))
    if kind in ("cron", "seconds"):
        zone = draw(st.one_of(st.none(), ZONES))
        return cron(draw(expressions(seconds=kind == "seconds")), zone)
    if kind == "at":
        return at(draw(moments(2000, 2040)))
    if kind == "never":
        return never()
    anchor = draw(moments(2000, 2040)) if kind == "anchored" else None
    return every(
        seconds=draw(st.sampled_from([1, 60, 90, 300, 3600, 86_400, 604_800, 100_003])), anchor=anchor
    )


def calendars() -> st.SearchStrategy[Calendar]:
    """Any calendar, combined ones of a few parts included."""
    return st.recursive(
        plain_calendars(),
        lambda inner: st.one_of(
            st.tuples(inner, inner).map(lambda pair: pair[0] | pair[1]),
            st.tuples(inner, inner).map(lambda pair: pair[0] - pair[1]),
        ),
        max_leaves=3,
    )
