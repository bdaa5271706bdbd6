"""A small project in two releases: `ROTA_RELEASE` says which one is deployed."""
