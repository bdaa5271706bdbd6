"""Runs inside the example project: prints each declared schedule's calendar in words and its title, as JSON."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "examples" / "edms"))
os.environ["DJANGO_SETTINGS_MODULE"] = "edms.settings"

if __name__ == "__main__":
    import django

    django.setup()
    from rota import timing
    from rota.schedules import registry

    registry.load()
    declared = registry.declarations()
    print(
        json.dumps(
            {
                key: [timing.parse(one.definition.calendar).describe(), one.title]
                for key, one in declared.items()
            }
        )
    )
