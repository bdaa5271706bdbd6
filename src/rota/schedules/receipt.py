"""What a program gets for a run that it asked for. Imports no models: tasks may be declared before they load."""

from __future__ import annotations

import dataclasses

from rota.compat import AnyResult


@dataclasses.dataclass(frozen=True)
class Receipt:
    """The run's `id`, and its TaskResult.

    `created` is False when the key was taken: then no run was made, and this is the earlier one as it stands now.
    """

    id: str
    created: bool
    result: AnyResult
