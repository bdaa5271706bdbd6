"""The dashboard, for the measure that presses Run Now."""

from __future__ import annotations

from django.urls import include, path

urlpatterns = [path("rota/", include("rota.dashboard.urls"))]
