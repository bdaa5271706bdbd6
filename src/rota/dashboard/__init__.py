"""The pages: mount them with `path("scheduler/", include("rota.dashboard.urls"))`.

Closed unless somebody is logged in and has the permission; being staff grants nothing.
"""
