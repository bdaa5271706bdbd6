"""The dashboard as a project mounts it, beside the admin whose login it uses."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path

urlpatterns = [path("admin/", admin.site.urls), path("ops/", include("rota.dashboard.urls"))]
