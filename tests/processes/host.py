"""A supervisor in a process of its own: `python -m tests.processes.host '{"processes": 2}'`."""

from __future__ import annotations

import json
import os
import sys

import django

if os.environ.get("ROTA_TEST_POOR_PLATFORM"):
    # Neither groups nor a signal when the parent dies. Children import this module too, before they do anything.
    from rota.processes import child

    del os.setsid, os.killpg
    child._die_with = lambda parent: None  # type: ignore[assignment]


def main() -> int:
    django.setup()
    from rota.processes.options import Options
    from rota.processes.supervisor import Supervisor

    return Supervisor(Options(**json.loads(sys.argv[1]))).run()


if __name__ == "__main__":
    sys.exit(main())
