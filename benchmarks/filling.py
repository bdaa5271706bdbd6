"""A table full of finished runs, made in the database from one that is real: millions in minutes."""

from __future__ import annotations

import sys
from typing import Any

from django.db import connection, models

STEP = 500_000
"""Rows a statement."""

SERIES = {
    "postgresql": "SELECT generate_series(%(first)s::bigint, %(last)s::bigint) AS n",
    "sqlite": (
        "WITH RECURSIVE many(n) AS (SELECT %(first)s UNION ALL SELECT n + 1 FROM many WHERE n < %(last)s) "
        "SELECT n FROM many"
    ),
}
# An id that sorts before every real one, in the order of n.
IDS = {
    "postgresql": "(lpad(to_hex(n), 12, '0') || '70008000000000000000')::uuid",
    "sqlite": "printf('%%012x70008000000000000000', n)",
}
# One second apart, into the past.
TIMES = {
    "postgresql": "t.{column} - n * interval '1 second'",
    "sqlite": "datetime(t.{column}, '-' || n || ' seconds')",
}


def fill(count: int) -> None:
    """Copy one successful run and its attempts `count` times. There must be one; call this once per database."""
    from rota.models import Attempt, Run

    pattern = Run.objects.filter(state="SUCCESSFUL").order_by("-id").first()
    assert pattern is not None, "nothing has run yet that could be copied"
    for first in range(1, count + 1, STEP):
        last = min(first + STEP - 1, count)
        _copy(Run, "id", pattern, first, last)
        _copy(Attempt, "run_id", pattern, first, last)
        print(f"  history: {last:,} of {count:,} runs", file=sys.stderr, flush=True)
    _settle()


def _copy(model: type[models.Model], key: str, pattern: Any, first: int, last: int) -> None:
    """Every row of `model` whose `key` is the pattern's id, once for each n from `first` to `last`."""
    vendor = connection.vendor
    fields = [field for field in model._meta.concrete_fields if not isinstance(field, models.AutoField)]
    columns = ", ".join(_quoted(field.column) for field in fields)
    values = ", ".join(_value(field, key, vendor) for field in fields)
    statement = (
        f"INSERT INTO {model._meta.db_table} ({columns}) SELECT {values} "
        f"FROM {model._meta.db_table} t CROSS JOIN ({SERIES[vendor]}) s WHERE t.{_quoted(key)} = %(pattern)s"
    )
    with connection.cursor() as cursor:
        given = pattern._meta.pk.get_db_prep_value(pattern.pk, connection)
        cursor.execute(statement, {"first": first, "last": last, "pattern": given})


def _value(field: models.Field[Any, Any], key: str, vendor: str) -> str:
    column = _quoted(field.column)
    if field.column == key:
        return IDS[vendor]
    if isinstance(field, models.DateTimeField):
        return TIMES[vendor].format(column=column)
    return "NULL" if field.null and field.name in _unique(field.model) else f"t.{column}"


def _unique(model: type[models.Model]) -> set[str]:
    """The names of the fields that make a row unique: what of it may be empty is not copied."""
    bound = [item for item in model._meta.constraints if isinstance(item, models.UniqueConstraint)]
    alone = [field.name for field in model._meta.concrete_fields if field.unique]
    return {name for item in bound for name in item.fields} | set(alone)


def _quoted(name: str | None) -> str:
    assert name is not None
    return connection.ops.quote_name(name)


def _settle() -> None:
    """What the database does by itself in time: statistics, visibility, a checkpoint."""
    orders = {"postgresql": ["VACUUM (ANALYZE)", "CHECKPOINT"], "sqlite": ["PRAGMA wal_checkpoint(TRUNCATE)"]}
    with connection.cursor() as cursor:
        for order in orders[connection.vendor]:
            cursor.execute(order)
