"""An electronic document management system: the example project of rota.

What it writes lies in `var/` (or where EDMS_VAR points): the database, the mail box, the log of the addition task.
"""

from __future__ import annotations

import os
from pathlib import Path

import django

BASE = Path(__file__).resolve().parent.parent
VAR = Path(os.environ.get("EDMS_VAR", BASE / "var"))
VAR.mkdir(parents=True, exist_ok=True)

SECRET_KEY = "of the demo; a real project reads its own from the environment"
DEBUG = True
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "testserver"]

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "rota",
    "documents",
    "tempo",
]
if django.VERSION < (6, 0):
    INSTALLED_APPS.append("django_tasks")

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
ROOT_URLCONF = "edms.urls"
STATIC_URL = "/static/"
LOGIN_URL = "/admin/login/"

DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": VAR / "edms.sqlite3",
        # Readers do not wait for the writer, and a transaction that will write says so when it begins.
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
        },
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

USE_TZ = True
TIME_ZONE = "UTC"

MAIL_BOX = VAR / "mail"
if django.VERSION < (6, 1):
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = MAIL_BOX
else:
    MAILERS = {
        "default": {
            "BACKEND": "django.core.mail.backends.filebased.EmailBackend",
            "OPTIONS": {"file_path": MAIL_BOX},
        }
    }
DEFAULT_FROM_EMAIL = "edms@example.org"

TASKS = {"default": {"BACKEND": "rota.backend.RotaBackend"}}
ROTA = {
    "MAIL_TO": ["quality@example.org"],
    "REDACT": ["patient"],
}

SILENCED_SYSTEM_CHECKS = ["rota.W003"]
"""One schedule is meant never to come by itself: the test mail, on 31 February."""

TEMPO_URL = os.environ.get("EDMS_TEMPO_URL", "http://127.0.0.1:8766")
"""Where the time sheets of the staff come from. `manage.py demo` starts a service there that often fails."""
