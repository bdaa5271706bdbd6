"""The few statements of the hot path that are written by hand, and what their values look like to a database.

Django's own conversion costs more than the statements themselves where hundreds of runs are claimed and finished at
once; what is converted here is only what the adapters of the databases do not take as it is.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC
from functools import lru_cache
from typing import Any

from django.db import connections, models
from django.db.backends.base.base import BaseDatabaseWrapper

from rota.models import Run

TABLE = Run._meta.db_table

Convert = Callable[[Any], Any]

WORTH_COPYING = 20
"""Rows from which a COPY is faster than as many INSERTs sent together."""


def insert_each(
    model: type[models.Model], rows: Sequence[Sequence[Any]], names: Sequence[str], using: str
) -> None:
    """Insert these rows; the values of each are in the order of `names`. Many go to PostgreSQL as one COPY.

    One row is one statement, and needs no transaction around it.
    """
    if len(rows) >= WORTH_COPYING and _can_copy(connections[using]):
        _copy(model, rows, names, using)
        return
    columns = ", ".join(_column(model, name) for name in names)
    places = ", ".join(["%s"] * len(names))
    statement = f"INSERT INTO {model._meta.db_table} ({columns}) VALUES ({places})"  # noqa: S608 - our names
    _send(statement, model, rows, names, using)


def _can_copy(connection: BaseDatabaseWrapper) -> bool:
    if connection.vendor != "postgresql":
        return False
    with connection.cursor() as cursor:
        return hasattr(cursor, "copy")  # psycopg 3; psycopg2 has another one


def _copy(model: type[models.Model], rows: Sequence[Sequence[Any]], names: Sequence[str], using: str) -> None:
    converts = _to_database(model, names, connections[using])
    columns = ", ".join(_column(model, name) for name in names)
    statement = f"COPY {model._meta.db_table} ({columns}) FROM STDIN"
    connection = connections[using]
    with connection.cursor() as cursor, connection.wrap_database_errors, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row([convert(value) for convert, value in zip(converts, row, strict=True)])


def update_each(
    rows: Sequence[Sequence[Any]],
    names: Sequence[str] | Mapping[str, str],
    using: str,
    *,
    fixed: str = "",
    keys: Sequence[str] = ("id",),
    model: type[models.Model] = Run,
) -> int:
    """One UPDATE per row, sent together; each row holds the values of `names`, then those of `keys`.

    A mapping gives the expression for each name; `fixed` are assignments without values. Returns how many rows were
    hit, which only SQLite and PostgreSQL can say.
    """
    expressions = names if isinstance(names, Mapping) else dict.fromkeys(names, "%s")
    changes = [f"{_column(model, name)} = {expression}" for name, expression in expressions.items()]
    assignments = ", ".join([*filter(None, [fixed]), *changes])
    where = " AND ".join(f"{_column(model, key)} = %s" for key in keys)
    statement = f"UPDATE {model._meta.db_table} SET {assignments} WHERE {where}"  # noqa: S608 - our names
    return _send(statement, model, rows, [*expressions, *keys], using)


def update_together(
    model: type[models.Model], rows: Sequence[Sequence[Any]], names: Sequence[str], using: str, *, fixed: str
) -> None:
    """Update these rows, the last of whose values is the primary key: on PostgreSQL in one statement.

    For tables that are small beside the batch: how the statement is planned depends on what is known of the table.
    """
    connection = connections[using]
    fields = [*names, model._meta.pk.attname]
    if connection.vendor != "postgresql" or len(rows) < 2:
        update_each(rows, names, using, fixed=fixed, keys=fields[-1:], model=model)
        return
    converts = _to_database(model, fields, connection)
    columns = [_column(model, name) for name in fields]
    typed = ", ".join(f"%s::{_field(model, name).db_type(connection)}" for name in fields)
    plain = ", ".join(["%s"] * len(fields))
    values = ", ".join([f"({typed})", *[f"({plain})"] * (len(rows) - 1)])
    assignments = ", ".join([fixed, *(f"{column} = v.{column}" for column in columns[:-1])])
    table = model._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"""UPDATE {table} SET {assignments} FROM (VALUES {values}) AS v({", ".join(columns)})
            WHERE {table}.{columns[-1]} = v.{columns[-1]}""",  # noqa: S608 - our names, our parameters
            [convert(value) for row in rows for convert, value in zip(converts, row, strict=True)],
        )


def adapted(model: type[models.Model], names: Iterable[str], values: Iterable[Any], using: str) -> list[Any]:
    """These values of these fields as the database adapter of `using` takes them."""
    converts = _to_database(model, names, connections[using])
    return [convert(value) for convert, value in zip(converts, values, strict=True)]


def reader(names: Iterable[str], using: str) -> Callable[[Sequence[Any]], list[Any]]:
    """From a row of a hand-written statement to the values of these Run fields."""
    vendor = connections[using].vendor
    converts = [_from_database(_field(Run, name), vendor) for name in names]

    def read(row: Sequence[Any]) -> list[Any]:
        return [
            value if value is None else convert(value) for convert, value in zip(converts, row, strict=True)
        ]

    return read


def _send(
    statement: str, model: type[models.Model], rows: Sequence[Sequence[Any]], names: Sequence[str], using: str
) -> int:
    if not rows:
        return 0
    converts = _to_database(model, names, connections[using])
    parameters = [[convert(value) for convert, value in zip(converts, row, strict=True)] for row in rows]
    with connections[using].cursor() as cursor:
        if len(parameters) == 1:
            cursor.execute(statement, parameters[0])
        else:
            cursor.executemany(statement, parameters)
        return int(cursor.rowcount)


@lru_cache(maxsize=1000)
def _column(model: type[models.Model], name: str) -> str:
    return str(_field(model, name).column)


@lru_cache(maxsize=1000)
def _field(model: type[models.Model], name: str) -> models.Field[Any, Any]:
    field = next((one for one in model._meta.concrete_fields if name in (one.name, one.attname)), None)
    if not isinstance(field, models.Field):
        raise TypeError(f"{model.__name__}.{name} is not a column.")
    return field


def _to_database(
    model: type[models.Model], names: Iterable[str], connection: BaseDatabaseWrapper
) -> list[Convert]:
    # Kept with the connection, as some adapters ask it for its settings.
    known: dict[tuple[Any, ...], list[Convert]] = connection.__dict__.setdefault("rota_adapters", {})
    key = (model, *names)
    if key not in known:
        known[key] = [_adapter(_field(model, name), connection) for name in key[1:]]
    return known[key]


def _adapter(column: models.Field[Any, Any], connection: BaseDatabaseWrapper) -> Convert:
    field = column.target_field if isinstance(column, models.ForeignKey) else column
    if isinstance(field, models.DateTimeField):
        return _moment_to(connection)
    if isinstance(field, models.UUIDField) and not connection.features.has_native_uuid_field:
        return lambda value: value if value is None else value.hex
    if isinstance(field, models.JSONField):
        return lambda value: value if value is None else connection.ops.adapt_json_value(value, None)
    return _as_it_is


def _moment_to(connection: BaseDatabaseWrapper) -> Convert:
    if connection.vendor == "postgresql":
        return _as_it_is
    if connection.vendor != "sqlite" or connection.timezone_name != "UTC":
        return connection.ops.adapt_datetimefield_value
    # As Django writes it, without its detour over naive times.
    return lambda value: value if value is None else str(value.astimezone(UTC).replace(tzinfo=None))


def _from_database(column: Any, vendor: str) -> Convert:
    field = column.target_field if isinstance(column, models.ForeignKey) else column
    if isinstance(field, models.JSONField):
        return json.loads
    if vendor != "sqlite":
        return _as_it_is
    if isinstance(field, models.DateTimeField):
        return lambda naive: naive.replace(tzinfo=UTC)
    if isinstance(field, models.UUIDField):
        return uuid.UUID
    return bool if isinstance(field, models.BooleanField) else _as_it_is


def _as_it_is(value: Any) -> Any:
    return value
