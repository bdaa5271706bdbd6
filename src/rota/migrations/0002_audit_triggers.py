"""The database refuses to change or remove audit entries, on PostgreSQL, SQLite, MySQL and MariaDB.

A test runner's database is left without the triggers, since it empties its tables between tests.
"""

from __future__ import annotations

from typing import Any

from django.db import migrations

from rota.audit import armour


def create(apps: Any, schema_editor: Any) -> None:
    if not armour.is_made_for_tests(schema_editor.connection):
        armour.install(schema_editor.connection)


def drop(apps: Any, schema_editor: Any) -> None:
    armour.remove(schema_editor.connection)


class Migration(migrations.Migration):
    dependencies = (("rota", "0001_initial"),)
    operations = (migrations.RunPython(create, drop),)
