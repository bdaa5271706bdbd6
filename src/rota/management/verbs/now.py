"""`rota now KEY`: one run, at once."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from dataclasses import asdict

from rota import clock, conf
from rota.actions import Receipt, run_now
from rota.management import parsing
from rota.management.exits import Exit
from rota.management.output import Output
from rota.management.waiting import wait_for
from rota.queries import processes

HELP = "Queue one run of a schedule (by its key) or of a task, now. The next scheduled run is not changed."


def arguments(parser: ArgumentParser) -> None:
    """What to run, with which arguments, and whether to wait for it."""
    parser.add_argument("name", metavar="KEY", help="A schedule's key, or a task.")
    parser.add_argument(
        "--arg", action="append", default=[], metavar="NAME=VALUE", help="An argument; JSON or text."
    )
    parser.add_argument(
        "--args", dest="positional", default="", metavar="JSON", help="Positional arguments, a JSON list."
    )
    parser.add_argument("--kwargs", default="", metavar="JSON", help="Arguments by name, a JSON object.")
    parser.add_argument("--wait", action="store_true", help="Wait for the run; exit 1 when it fails.")
    parser.add_argument(
        "--timeout", default="1h", metavar="SPAN", help="How long --wait waits (default 1h); exit 5."
    )
    parser.add_argument("--dry-run", action="store_true", help="Check and say what would be queued.")
    parser.add_argument(
        "--idempotency-key", default=None, metavar="TEXT", help="The same key again is the same run."
    )
    parsing.accountable(parser)


def run(options: Namespace, out: Output) -> int:
    """Exit 4 when the overlap policy skipped the run."""
    timeout = parsing.span(options.timeout)
    receipt = run_now(
        options.name,
        parsing.actor(options),
        args=parsing.json_of(options.positional, list, "--args") if options.positional else None,
        kwargs=parsing.keywords(options.arg, options.kwargs),
        reason=options.reason,
        idempotency_key=options.idempotency_key,
        dry_run=options.dry_run,
    )
    if options.wait and receipt.run_id is not None and receipt.queued:
        _warn_without_worker(receipt, out)
        if not out.json:
            _say(receipt, out)
        return wait_for(receipt.run_id, timeout.total_seconds(), out)
    if out.json:
        out.data({**asdict(receipt), "queued": receipt.queued})
    else:
        _say(receipt, out)
        if receipt.queued:
            _warn_without_worker(receipt, out)
    return Exit.REFUSED if receipt.run_id is not None and not receipt.queued else Exit.FINE


def _say(receipt: Receipt, out: Output) -> None:
    name = receipt.key or receipt.task_path
    if receipt.dry_run:
        out.line(f"Would queue {name} on queue {receipt.queue_name} with {receipt.args} {receipt.kwargs}.")
    elif not receipt.queued:
        out.line(f"Skipped  {receipt.run_id}  {name}: {receipt.detail or receipt.reason}")
    else:
        again = "Already queued" if receipt.replayed else "Queued"
        out.line(
            f"{again}  {receipt.run_id}  {name}  queue {receipt.queue_name}  by {receipt.requested_by} (cli)"
        )


def _warn_without_worker(receipt: Receipt, out: Output) -> None:
    using = conf.current().DATABASE
    if not processes.alive(clock.now(using), using=using).serving(receipt.queue_name):
        out.warn(f"No live worker serves the queue {receipt.queue_name}. Start one with: manage.py rota run")
