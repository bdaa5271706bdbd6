"""Mail to those who are to know."""

from __future__ import annotations

from django.core.mail import send_mail

from rota import conf
from rota.tasks.problem import ProblemFound


def send(subject: str, text: str, to: str | None = None) -> list[str]:
    """Send to `to`, else to everybody in ROTA["MAIL_TO"]; returns who that was.

    Raises ProblemFound when that is nobody, and whatever Django's mail backend raises.
    """
    people = [to] if to else list(conf.current().MAIL_TO)
    if not people:
        raise ProblemFound('Nobody to send this mail to: put addresses into ROTA["MAIL_TO"], or name one.')
    send_mail(subject, text, None, people)
    return people
