"""Django's own `@task`: in Django from 6.0 on, in the backport before."""

from __future__ import annotations

import django

if django.VERSION >= (6, 0):
    from django.tasks import task
else:
    from django_tasks import task

__all__ = ["task"]
