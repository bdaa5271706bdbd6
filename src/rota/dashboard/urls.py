"""The addresses of the pages."""

from __future__ import annotations

from django.urls import path

from rota.dashboard.views import run, run_now, runs, schedules

app_name = "rota"

urlpatterns = [
    path("", schedules.page, name="schedules"),
    path("schedules/<str:key>/run/", run_now.page, name="run-now"),
    path("runs/", runs.page, name="runs"),
    path("runs/<uuid:run_id>/", run.page, name="run"),
]
