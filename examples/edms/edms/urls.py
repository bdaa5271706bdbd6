"""The addresses of the example project: Django's admin, and rota's dashboard inside it."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path, re_path
from django.views.generic import RedirectView

to_dashboard = RedirectView.as_view(pattern_name="rota:schedules")

urlpatterns = [
    path("", to_dashboard),
    re_path(r"^admin/dashboard/?$", to_dashboard),
    path("admin/scheduler/monitoring/", include("rota.dashboard.urls")),
    path("admin/", admin.site.urls),
]
