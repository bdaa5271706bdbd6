"""Values and names for the few statements that are written by hand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import connections
from django.db.models import Field

from rota.models import Run

TABLE = Run._meta.db_table

FIELDS: dict[str, Field[Any, Any]] = {field.name: field for field in Run._meta.concrete_fields}


def prepared(values: Mapping[str, Any], using: str) -> list[Any]:
    """The values of these Run fields as the database adapter of `using` takes them."""
    connection = connections[using]
    return [FIELDS[name].get_db_prep_save(value, connection) for name, value in values.items()]


def update_each(names: Iterable[str], rows: Sequence[Mapping[str, Any]], using: str) -> None:
    """One UPDATE by id per row, sent together. Every row holds `id` and each of `names`."""
    names = list(names)
    if not rows:
        return
    assignments = ", ".join(f"{FIELDS[name].column} = %s" for name in names)
    parameters = [prepared({name: row[name] for name in [*names, "id"]}, using) for row in rows]
    with connections[using].cursor() as cursor:
        cursor.executemany(f"UPDATE {TABLE} SET {assignments} WHERE id = %s", parameters)  # noqa: S608 - our names
