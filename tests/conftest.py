"""What every test shares: the test database, reachable from the processes that a test starts."""

from __future__ import annotations

import os
from collections.abc import Iterator

import django
import pytest
from django.conf import settings
from django.db import connection
from hypothesis import settings as hypothesis_settings

from tests.databases import remove_leftovers, url_for
from tests.sources import ROOT

# A busy machine is not a counter-example.
hypothesis_settings.register_profile("rota", deadline=None, print_blob=True)
hypothesis_settings.load_profile("rota")


def pytest_configure() -> None:
    """Processes that a test starts find rota and the tests where this process found them."""
    paths = [str(ROOT / "src"), str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    os.environ["PYTHONPATH"] = os.pathsep.join(paths)
    # A suite starts hundreds of them: where nothing may be written beside the sources, they would all compile all.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ.setdefault("PYTHONPYCACHEPREFIX", str(ROOT / ".pytest_cache" / "bytecode"))


def pytest_unconfigure() -> None:
    """Leave nothing behind in the temporary folder."""
    remove_leftovers()


def pytest_report_header() -> str:
    """Say on which Django and which database the suite runs."""
    engine = settings.DATABASES["default"]["ENGINE"].rsplit(".", 1)[-1]
    return f"rota: Django {django.get_version()} on {engine}"


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None) -> Iterator[None]:
    """The test database; the processes that a test starts reach the same one through ROTA_TEST_DATABASE."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(
            "ROTA_TEST_DATABASE", url_for(connection.settings_dict, str(connection.settings_dict["NAME"]))
        )
        yield


ELSEWHERE = ("docs", "examples", "policies", "timing")
"""Rooms of tests that use no database, or bring one of their own: what they find is the same on every server."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Run what does not depend on the server on SQLite only; pytest counts the rest as deselected."""
    from django.conf import settings

    if settings.DATABASES["default"]["ENGINE"].endswith("sqlite3"):
        return
    own = [item for item in items if item.path.relative_to(ROOT / "tests").parts[0] in ELSEWHERE]
    config.hook.pytest_deselected(items=own)
    items[:] = [item for item in items if item not in own]
