"""Names of time zones, and the version of the data behind them."""

import functools
import importlib.util
import zoneinfo
from importlib import metadata
from pathlib import Path

from rota.timing.errors import CalendarError, did_you_mean, shown

# Names that some systems list, but that mean "whatever this host is set to" or nothing at all.
_OF_THE_HOST = frozenset({"localtime", "posixrules", "Factory"})


@functools.cache
def zone_names() -> frozenset[str]:
    """Every IANA zone that this system knows; read once per process, since reading takes a while."""
    return frozenset(zoneinfo.available_timezones()) - _OF_THE_HOST


def check_zone(name: str) -> str:
    """Return `name` if it is an IANA zone.

    Raises CalendarError otherwise, with the nearest name. Only listed names pass, so a path never reaches the
    disk.
    """
    if not isinstance(name, str) or name not in zone_names():
        hint = did_you_mean(name, zone_names()) if isinstance(name, str) else ""
        raise CalendarError(f"Expected an IANA time zone such as 'Europe/Paris', got {shown(name)}{hint}")
    return name


@functools.cache
def tz_version() -> str:
    """The release of the tz database in use, such as "2025b", or "unknown" where the system does not say."""
    folders = [Path(folder) for folder in zoneinfo.TZPATH]
    in_use = next((folder for folder in folders if (folder / "UTC").is_file()), None)
    return _version_of_folder(in_use) if in_use else _version_of_package()


def _version_of_folder(folder: Path) -> str:
    """Linux ships `tzdata.zi` ("# version 2025b" first), macOS and the BSDs a file `+VERSION`."""
    for name in ("tzdata.zi", "+VERSION"):
        if (folder / name).is_file():
            first_line = (folder / name).read_text(encoding="ascii", errors="replace").partition("\n")[0]
            return first_line.removeprefix("# version").strip()[:20] or "unknown"
    return "unknown"


def _version_of_package() -> str:
    """zoneinfo falls back to the PyPI package `tzdata`, whose version 2025.2 is the release 2025b."""
    if importlib.util.find_spec("tzdata") is None:
        return "unknown"
    year, number = metadata.version("tzdata").split(".")[:2]
    return f"{year}{'abcdefghijklmnopqrstuvwxyz'[int(number) - 1]}"
