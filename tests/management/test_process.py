"""The command as people start it: exit codes, colours, terminals, the environment, and a real run."""

from __future__ import annotations

import pytest

from rota.exceptions import InvalidInput
from rota.management.verbs.run import options_from
from rota.models import Run
from rota.processes.options import Options
from rota.schedules import edit
from tests.management.conftest import NOW, manage
from tests.project import tasks

pytestmark = pytest.mark.django_db(transaction=True)


def test_options_come_from_the_command_line_then_the_environment():
    environ = {
        "ROTA_RUN_PROCESSES": "4",
        "ROTA_RUN_QUEUES": "mail, default",
        "ROTA_RUN_NO_SCHEDULER": "1",
        "X": "y",
    }
    assert options_from({"processes": 2}, environ) == Options(
        processes=2, queues=("mail", "default"), scheduler=False
    )
    assert options_from({}, {"ROTA_RUN_ONCE": "no"}) == Options()


@pytest.mark.parametrize(
    ("environ", "sentence"),
    [
        ({"ROTA_RUN_PROCESSES": "many"}, "ROTA_RUN_PROCESSES: expected a number"),
        ({"ROTA_RUN_ONCE": "perhaps"}, "ROTA_RUN_ONCE: expected 1 or 0"),
        ({"ROTA_RUN_PROCESES": "4"}, "Did you mean ROTA_RUN_PROCESSES"),
    ],
)
def test_a_variable_that_means_nothing_is_refused(environ, sentence):
    with pytest.raises(InvalidInput, match=sentence):
        options_from({}, environ)


@pytest.mark.processes
def test_exit_codes_and_plain_output():
    edit.create("sums", "@daily", tasks.add, by="Ana", using="default", now=NOW, args=[1, 2])
    unknown = manage("schedulez")
    assert (unknown.code, "Did you mean schedules?" in unknown.err) == (2, True)
    ascii_only = manage("schedules", PYTHONIOENCODING="ascii", NO_COLOR="1", DJANGO_COLORS="dark")
    assert (ascii_only.code, ascii_only.out.isascii(), "\x1b" in ascii_only.out) == (0, True, False)
    assert "- Never run" in ascii_only.out
    refused = manage("run", ROTA_RUN_PROCESSES="none")
    assert (refused.code, "Traceback" in refused.err) == (78, False)


@pytest.mark.processes
def test_one_run_from_queued_to_shown():
    edit.create("sums", "@daily", tasks.add, by="Ana", using="default", now=NOW, args=[1, 2])
    queued = manage("now", "sums", "--json")
    assert manage("run", "--once").code == 0
    run = Run.objects.get(pk=queued.json["run_id"])
    assert (run.state, run.result) == ("SUCCESSFUL", 3)
    assert manage("show", str(run.pk), "--json").json["result"] == 3
