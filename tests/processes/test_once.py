"""`run --once` ends when nothing more can become ready, and not before."""

from __future__ import annotations

import pytest

from rota import clock
from rota.ledger import gates
from rota.models import State
from rota.policies import Terms, limit
from tests.processes.conftest import USING, StartHost, put, state

pytestmark = [pytest.mark.faults, pytest.mark.processes, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("form", [{}, {"threads": 4}], ids=["plain", "threads"])
def test_what_waits_for_the_run_before_it_is_done_too(host: StartHost, form: dict[str, int]) -> None:
    """Each passes the gate only when the outcome of the one before is stored: until then the ledger looks empty."""
    terms = Terms(concurrency=limit(1))
    runs = [put("note", str(number), terms=terms, limit_key="limit:one") for number in range(30)]
    gates.admit(["limit:one"], using=USING, now=clock.now(USING))
    assert host(once=True, **form).wait() == 0
    assert [state(run) for run in runs] == [State.SUCCESSFUL] * 30
