"""One measure of one system, in a process of its own; the figures go to stdout as JSON.

python -m benchmarks.measure throughput      with BENCH_SYSTEM, BENCH_DATABASE, … set, as benchmarks/run.py does
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import traceback

import django

from benchmarks.figures import Round
from benchmarks.measures.sizes import Sizes
from benchmarks.staff import FAILED, Failed, end_on_sigterm
from benchmarks.systems import SYSTEMS


def main(name: str) -> Round:
    """Prepare an empty system, then measure it."""
    django.setup()
    system = SYSTEMS[os.environ["BENCH_SYSTEM"]]
    queue = importlib.import_module(f"benchmarks.systems.{system.family}").Queue(system)
    queue.prepare()
    try:
        found: Round = importlib.import_module(f"benchmarks.measures.{name}").measure(
            queue, Sizes.from_text(os.environ["BENCH_SIZES"])
        )
        return found
    finally:
        queue.close()


if __name__ == "__main__":
    end_on_sigterm()
    try:
        print(json.dumps(main(sys.argv[1])))
    except Failed as failure:
        print(" ".join(str(failure).split()), file=sys.stderr)
        sys.exit(FAILED)
    except Exception as error:  # noqa: BLE001 - whatever a peer raises, the report names it
        traceback.print_exc()
        print(f"{type(error).__name__}: {' '.join(str(error).split())}", file=sys.stderr)
        sys.exit(FAILED)
