"""The pictures of the dashboard in docs/images, taken from the running demo.

    python -m scripts.screenshots                      starts a demo, waits until it works, takes both pictures
    python -m scripts.screenshots --at http://127.0.0.1:8765 --page runs/ --width 390 --out /tmp/x
                                                       of a demo that runs already

Needs Chromium. The browser gets no password: it talks to a small door of ours that carries the session's cookie.
"""

from __future__ import annotations

import argparse
import contextlib
import http.cookiejar
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MOUNT = "/admin/scheduler/monitoring/"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
QUIET = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
READY_WITHIN = 90.0


def main() -> None:
    """Take the pictures the arguments ask for."""
    options = _parser().parse_args()
    with contextlib.ExitStack() as stack:
        at = options.at or stack.enter_context(demo())
        session = log_in(at)
        if not options.at:
            wait_until_working(session, at)
        for theme in options.theme.split(","):
            door = stack.enter_context(door_to(at, session, theme))
            target = Path(options.out) / f"{options.name}-{theme}.png"
            shoot(f"{door}{MOUNT}{options.page}", target, options.width, options.height)
            print(target)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--at", help="address of a demo that runs already")
    parser.add_argument("--page", default="", help="what follows the dashboard's address")
    parser.add_argument("--theme", default="light,dark")
    parser.add_argument("--width", type=int, default=1280)
    parser.add_argument("--height", type=int, default=1500)
    parser.add_argument("--out", default=str(ROOT / "docs" / "images"))
    parser.add_argument("--name", default="dashboard")
    return parser


@contextlib.contextmanager
def demo() -> Iterator[str]:
    """A demo of its own on a free port; its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, str(ROOT / "examples/edms/manage.py"), "demo", "--port", str(port)]
    )
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(40)


class Session:
    """A browser without a window."""

    def __init__(self) -> None:
        self.jar = http.cookiejar.CookieJar()
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.jar))

    @property
    def cookies(self) -> str:
        """As a header."""
        return "; ".join(f"{cookie.name}={cookie.value}" for cookie in self.jar)

    def read(self, request: str | urllib.request.Request) -> str:
        """The page's text. Raises URLError when there is none."""
        with self._opener.open(request) as answer:
            text: str = answer.read().decode()
        return text


def log_in(at: str) -> Session:
    """A session of the demo's admin; waits for the demo to answer."""
    session = Session()
    address = f"{at}/admin/login/?next={MOUNT}"
    _until(lambda: bool(session.read(address)), "the demo to answer")
    token = next(cookie.value for cookie in session.jar if cookie.name == "csrftoken")
    form = {"username": "admin", "password": "rota-demo", "csrfmiddlewaretoken": token, "next": MOUNT}
    request = urllib.request.Request(address, urllib.parse.urlencode(form).encode(), {"Referer": address})
    session.read(request)
    return session


def wait_until_working(session: Session, at: str) -> None:
    """Until the outage is told and runs are made up for."""

    def works() -> bool:
        page = session.read(f"{at}{MOUNT}")
        return (
            "Nothing was planned from" in page and "No scheduler is alive" not in page and "0 waiting" in page
        )

    _until(works, "the demo to make up for its outage")


def _until(fact: Callable[[], bool], what: str) -> None:
    give_up = time.monotonic() + READY_WITHIN
    while time.monotonic() < give_up:
        with contextlib.suppress(urllib.error.URLError, ConnectionError):
            if fact():
                return
        time.sleep(0.5)
    raise SystemExit(f"Waited {READY_WITHIN:.0f} s for {what}, in vain.")


@contextlib.contextmanager
def door_to(at: str, session: Session, theme: str) -> Iterator[str]:
    """An address through which a browser without cookies sees the demo as the session does, in this theme."""

    class Door(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            request = urllib.request.Request(f"{at}{self.path}", headers={"X-Rota-Live": "0"})
            request.add_header("Cookie", f"rota_theme={theme}; {session.cookies}")
            try:
                answer = urllib.request.urlopen(request)
            except urllib.error.HTTPError as refusal:
                answer = refusal
            with answer:
                self.send_response(answer.status)
                for name in ("Content-Type", "Content-Security-Policy"):
                    if name in answer.headers:
                        self.send_header(name, answer.headers[name])
                self.end_headers()
                self.wfile.write(answer.read())

        def log_message(self, *_: object) -> None:
            """A picture is no news."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()


def shoot(address: str, target: Path, width: int, height: int) -> None:
    """One picture of one page. Raises SystemExit when there is no browser or it took none."""
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        raise SystemExit(
            f"No browser found; tried {', '.join(BROWSERS)}. On Debian: apt-get install chromium"
        )
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as profile:
        size = [f"--window-size={width},{height}", f"--screenshot={target}", f"--user-data-dir={profile}"]
        subprocess.run([browser, *QUIET, *size, address], check=True, capture_output=True, timeout=90)
    if not target.exists():
        raise SystemExit(f"{browser} took no picture of {address}.")


if __name__ == "__main__":
    main()
