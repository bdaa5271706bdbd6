"""What the release can do: the old one knows `removed` and `renamed`, the new one `renamed_to` and `added`."""

from __future__ import annotations

import os

from rota.compat import task


def _kept() -> str:
    return os.environ["ROTA_RELEASE"]


@task
def kept() -> str:
    """In both releases."""
    return _kept()


if os.environ["ROTA_RELEASE"] == "old":

    @task
    def removed() -> str:
        """Gone in the new release."""
        return _kept()

    @task
    def renamed() -> str:
        """Called renamed_to in the new release."""
        return _kept()

else:

    @task
    def renamed_to() -> str:
        """Called renamed in the old release."""
        return _kept()

    @task
    def added() -> str:
        """Not there in the old release."""
        return _kept()
