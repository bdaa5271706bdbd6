"""One project for every system that is measured: BENCH_SYSTEM and BENCH_DATABASE say which and where."""

from __future__ import annotations

import os

import django

from tests.databases import settings_for

SYSTEM = os.environ["BENCH_SYSTEM"]
SECRET_KEY = "of the benchmarks"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASES = {"default": settings_for(os.environ["BENCH_DATABASE"])}
BACKENDS = {"rota": "rota.backend.RotaBackend", "django-tasks-db": "django_tasks_db.DatabaseBackend"}
APPS = {"rota": "rota", "django-tasks-db": "django_tasks_db"}
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", APPS[SYSTEM], "benchmarks"]
if django.VERSION < (6, 0):
    INSTALLED_APPS.append("django_tasks")
TASKS = {"default": {"BACKEND": BACKENDS[SYSTEM]}}
LOGGING = {"version": 1, "disable_existing_loggers": False, "root": {"level": "ERROR"}}
