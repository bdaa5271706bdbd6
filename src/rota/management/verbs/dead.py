"""`rota dead`: failed runs that wait for a decision, one by one or all that match."""

from __future__ import annotations

import dataclasses
from argparse import ArgumentParser, Namespace
from collections.abc import Callable

from rota import actions, clock, conf
from rota.actions import Settled
from rota.actions.dead import USUAL, check
from rota.exceptions import InvalidInput
from rota.management import letters, parsing, several
from rota.management.output import Output
from rota.management.telling import tell_run
from rota.queries import dead, runs
from rota.queries.dead import Letters
from rota.queries.words import several as counted

HELP = "Failed runs that wait for a decision: list, groups, show, retry (run again), discard."


def arguments(parser: ArgumentParser) -> None:
    """What to do, with which of them."""
    parser.add_argument(
        "what", nargs="?", default="list", choices=WHATS, help="list (default), groups, show, retry, discard."
    )
    parser.add_argument(
        "run", nargs="?", default="", metavar="RUN", help="For show: a run's id, or its beginning."
    )
    letters.filters(parser)
    parser.add_argument(
        "--limit",
        type=int,
        default=0,
        metavar="N",
        help=f"How many (list: 50, groups: 100, retry and discard: {USUAL:,}).",
    )
    parser.add_argument(
        "--per-minute", type=int, default=None, metavar="N", help="For retry: so many begin per minute."
    )
    several.confirmable(parser)
    parsing.accountable(parser)


def run(options: Namespace, out: Output) -> int:
    """Exit 0 also when nothing matches."""
    if options.run and options.what != "show":
        raise InvalidInput(
            f"rota dead {options.what} takes filters, got {options.run!r}. For a single run: manage.py rota "
            f"{options.what if options.what in ('retry', 'discard') else 'show'} RUN"
        )
    return WHATS[options.what](options, out)


def _list(options: Namespace, out: Output) -> int:
    asked = letters.meant_by(options)
    letters.tell(dead.newest(asked, using=conf.current().DATABASE, limit=_limit(options, 50)), asked, out)
    return 0


def _groups(options: Namespace, out: Output) -> int:
    found = dead.groups(letters.meant_by(options), using=conf.current().DATABASE, limit=_limit(options, 100))
    if out.json:
        out.data([dataclasses.asdict(one) for one in found])
    elif not found:
        out.line(letters.none(letters.meant_by(options)))
    else:
        out.table(("DAY (UTC)", "TASK", "ERROR", "RUNS", "FIRST", "LAST", "EXAMPLE"), [
            (one.day.isoformat(), one.task_path, one.error_class, f"{one.count:,}", out.time(one.first),
             out.time(one.last), str(one.example))
            for one in found
        ])  # fmt: skip
    return 0


def _show(options: Namespace, out: Output) -> int:
    if not options.run:
        raise InvalidInput("Expected a run: manage.py rota dead show RUN")
    using = conf.current().DATABASE
    tell_run(runs.detail(runs.find(options.run, using=using).pk, using=using), out)
    return 0


def _retry(options: Namespace, out: Output) -> int:
    def act(meant: Letters) -> Settled:
        return actions.retry_matching(
            meant, parsing.actor(options), reason=options.reason, limit=_limit(options, USUAL),
            per_minute=options.per_minute,
        )  # fmt: skip

    return _decide(options, out, "Run again", act)


def _discard(options: Namespace, out: Output) -> int:
    if not options.reason.strip():
        raise InvalidInput("rota dead discard: expected --reason, which is kept with every run.")

    def act(meant: Letters) -> Settled:
        return actions.discard_matching(
            meant, parsing.actor(options), reason=options.reason, limit=_limit(options, USUAL)
        )

    return _decide(options, out, "Discard", act)


def _decide(options: Namespace, out: Output, verb: str, act: Callable[[Letters], Settled]) -> int:
    """Only what had failed when it was counted: what fails while a person reads the question is not meant."""
    using, limit = conf.current().DATABASE, _limit(options, USUAL)
    check(limit, options.per_minute)
    asked = letters.meant_by(options)
    now = clock.now(using)
    meant = dataclasses.replace(asked, until=min(asked.until or now, now))
    matching = dead.count(meant, using=using)
    question = f"{verb} {counted(min(matching, limit), 'run')}"
    if options.dry_run:
        _tell(
            out,
            f"{question}, of {matching:,} that match. Nothing was done.",
            {"matching": matching, "limit": limit},
        )
    elif not matching:
        _tell(out, letters.none(asked), {"done": 0, "left": 0})
    elif several.agreed(f"{question}?", options, out):
        done = act(meant)
        new = {"new": done.new} if done.new else {}
        left = f" {done.left:,} more match." if done.left else ""
        told = {"done": len(done.ids), "left": done.left, "runs": done.ids, **new}
        _tell(out, f"{verb}: {counted(len(done.ids), 'run')}.{left}", told)
    return 0


def _tell(out: Output, sentence: str, facts: dict[str, object]) -> None:
    if out.json:
        out.data(facts)
    else:
        out.line(sentence)


def _limit(options: Namespace, usual: int) -> int:
    if options.limit < 0:
        raise InvalidInput(f"--limit: expected a number of at least 1, got {options.limit}.")
    return int(options.limit or usual)


WHATS: dict[str, Callable[[Namespace, Output], int]] = {
    "list": _list, "groups": _groups, "show": _show, "retry": _retry, "discard": _discard,
}  # fmt: skip
