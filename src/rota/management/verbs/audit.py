"""`rota audit`: who did what, and whether the trail is whole."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from dataclasses import asdict

from rota import conf
from rota.exceptions import InvalidInput
from rota.management.exits import Exit
from rota.management.output import Output
from rota.queries import trail

HELP = "Show the newest audit entries, or verify the whole trail (exit 1 when it is damaged)."
MOST = 10_000


def arguments(parser: ArgumentParser) -> None:
    """Look, or verify."""
    parser.add_argument("--verify", action="store_true", help="Check every entry against the chain.")
    parser.add_argument("--who", default="", metavar="NAME")
    parser.add_argument("--subject", default="", metavar="TEXT", help="A schedule's key or a run's id.")
    parser.add_argument("-n", type=int, default=20, metavar="N", help="How many (default 20).")


def run(options: Namespace, out: Output) -> int:
    """Newest first."""
    using = conf.current().DATABASE
    if options.verify:
        return _verify(using, out)
    if not 1 <= options.n <= MOST:
        raise InvalidInput(f"-n: expected a number from 1 to {MOST}, got {options.n}.")
    found = trail.newest(using=using, who=options.who, subject=options.subject, limit=options.n)
    if out.json:
        names = (
            "number",
            "at",
            "verb",
            "actor",
            "channel",
            "subject",
            "ok",
            "reason",
            "ip",
            "before",
            "after",
        )
        out.data([{name: getattr(entry, name) for name in names} for entry in found])
        return 0
    if not found:
        out.line("No entry matches." if options.who or options.subject else "The trail has no entries yet.")
        return 0
    heads = ("NUMBER", "AT", "WHO", "WHAT", "SUBJECT", "OK", "REASON")
    out.table(heads, [
        (str(one.number), out.time(one.at), f"{one.actor} ({one.channel})", one.verb, one.subject,
         "yes" if one.ok else "no", one.reason)
        for one in found
    ])  # fmt: skip
    return 0


def _verify(using: str, out: Output) -> int:
    verdict = trail.verify(using=using)
    if out.json:
        out.data(asdict(verdict))
    elif verdict.ok:
        out.line(
            f"Whole: {verdict.entries:,} entries, none missing, none changed. Head {verdict.head[:12]}.",
            "SUCCESS",
        )
    else:
        out.line(f"Damaged at entry {verdict.first_bad}. {verdict.damage}", "ERROR")
    return Exit.FINE if verdict.ok else Exit.FAILED
