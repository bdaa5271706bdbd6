"""Django finds `manage.py rota` here."""
