"""Values as pages show them."""

from __future__ import annotations

from typing import Any

from rota import conf
from rota.policies.redaction import redact


def without_secrets(value: Any) -> Any:
    """The value with everything that stands under a secret's name hidden."""
    return redact(value, conf.current().REDACT)
