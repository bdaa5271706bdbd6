"""The processes on stage: three schedulers and four workers, each a supervisor with a child, killed and restarted."""

from __future__ import annotations

import dataclasses
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

SCHEDULER = ["--no-workers"]
WORKER = ["--no-scheduler", "--processes", "1"]


@dataclasses.dataclass
class Role:
    """One place on the stage; whoever dies in it is replaced after `again_at`."""

    name: str
    arguments: list[str]
    process: subprocess.Popen[bytes] | None = None
    again_at: float = 0.0
    starts: int = 0
    left: bool = False


class Cast:
    """Started with `start`; `strike` kills somebody at random; `revive` replaces the dead."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.random = random.Random(seed)
        self.folder = folder
        self.kills = 0
        self.roles = [Role(f"scheduler-{n}", SCHEDULER) for n in range(3)]
        self.roles += [Role(f"worker-{n}", WORKER) for n in range(4)]

    def start(self) -> None:
        """Everybody on stage."""
        for role in self.roles:
            self._start(role)

    def strike(self) -> None:
        """SIGKILL to a random supervisor or to a random child of one."""
        alive = [role for role in self.roles if role.process and role.process.poll() is None]
        if not alive:
            return
        victim = self.random.choice(alive).process
        assert victim is not None
        among = [victim.pid, *children(victim.pid)]
        self._kill(self.random.choice(among))
        self.kills += 1

    def revive(self, now: float) -> None:
        """Replace who has ended, after a pause of up to two seconds."""
        for role in self.roles:
            if role.left or role.process is None or role.process.poll() is None:
                continue
            if not role.again_at:
                role.again_at = now + self.random.uniform(0, 2)
            elif now >= role.again_at:
                self._start(role)

    def pids(self) -> set[int]:
        """The supervisors on stage, dead or alive."""
        return {role.process.pid for role in self.roles if role.process and not role.left}

    def leave(self, prefix: str, within: float = 60.0) -> list[int]:
        """SIGTERM to those whose name begins so; their exit codes."""
        roles = [role for role in self.roles if role.name.startswith(prefix)]
        for role in roles:
            role.left = True
        leaving = [role.process for role in roles if role.process]
        for process in leaving:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        return [process.wait(within) for process in leaving]

    def end(self) -> None:
        """Whatever happened, nothing of ours stays behind."""
        for role in self.roles:
            if role.process and role.process.poll() is None:
                for pid in [role.process.pid, *children(role.process.pid)]:
                    self._kill(pid)
                role.process.wait(30)

    def _start(self, role: Role) -> None:
        role.starts += 1
        role.again_at = 0.0
        environment = os.environ | {
            "DJANGO_SETTINGS_MODULE": "tests.chaos.settings",
            "ROTA_WITNESS": str(self.folder),
        }
        with (self.folder / f"{role.name}.out").open("ab") as output:
            role.process = subprocess.Popen(
                [sys.executable, "-m", "django", "rota", "run", *role.arguments],
                env=environment, stdout=output, stderr=output, start_new_session=True,
            )  # fmt: skip

    def _kill(self, pid: int) -> None:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            self.kills -= 1


def children(pid: int) -> list[int]:
    """The workers and schedulers of a supervisor, not Python's own helper process beside them."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            spawned = b"spawn_main" in (entry / "cmdline").read_bytes()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if parent == pid and spawned:
            found.append(int(entry.name))
    return found


def pause() -> None:
    """A tick of the harness's own loop."""
    time.sleep(0.05)
