"""The test project of the supervisors that these tests start: it has the misbehaving tasks."""

from tests.processes.settings import *  # noqa: F403
from tests.processes.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "tests.faults"]
