"""A supervisor in a process of its own: `python -m tests.processes.host '{"processes": 2}'`."""

from __future__ import annotations

import json
import sys

import django


def main() -> int:
    django.setup()
    from rota.processes.options import Options
    from rota.processes.supervisor import Supervisor

    return Supervisor(Options(**json.loads(sys.argv[1]))).run()


if __name__ == "__main__":
    sys.exit(main())
