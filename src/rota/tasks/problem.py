"""What a check raises when it found something."""

from __future__ import annotations

from rota.exceptions import RotaError


class ProblemFound(RotaError):
    """A check found something that a person must look at. The message says what."""
