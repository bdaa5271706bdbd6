"""What the tests of the backend share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from rota.schedules import registry


@pytest.fixture(autouse=True)
def apart() -> Iterator[None]:
    """What a test registers is gone after it."""
    with registry.apart():
        yield
