"""The app that rota's tasks belong to."""
