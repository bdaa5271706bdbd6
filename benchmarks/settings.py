"""One Django project for every system that is measured: the environment says which, and where it stands."""

from __future__ import annotations

import os

import django

from benchmarks.systems import SYSTEMS
from tests.databases import settings_for

SYSTEM = SYSTEMS[os.environ["BENCH_SYSTEM"]]
SECRET_KEY = "of the benchmarks"
USE_TZ = True
ALLOWED_HOSTS = ["127.0.0.1"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASES = {"default": settings_for(os.environ["BENCH_DATABASE"])}
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    *SYSTEM.apps,
]
if django.VERSION < (6, 0):
    INSTALLED_APPS.append("django_tasks")
if SYSTEM.backend:
    OPTIONS = {"OPTIONS": {"BROKER_URL": os.environ["BENCH_BROKER"]}} if SYSTEM.broker else {}
    TASKS = {"default": {"BACKEND": SYSTEM.backend, **OPTIONS}}
if SYSTEM.family == "procrastinate":
    PROCRASTINATE_IMPORT_PATHS = ["benchmarks.systems.procrastinate"]
if SYSTEM.family == "rota":
    from benchmarks.schedules import declared

    ROTA = {"SCHEDULES": declared(os.environ.get("BENCH_SCHEDULES", ""))}
    ROOT_URLCONF = "benchmarks.urls"
    STATIC_URL = "/static/"
    MIDDLEWARE = [
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
    ]
    TEMPLATES = [
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "APP_DIRS": True,
            "OPTIONS": {"context_processors": ["django.template.context_processors.request"]},
        }
    ]
LOGGING = {"version": 1, "disable_existing_loggers": False, "root": {"level": "ERROR"}}
