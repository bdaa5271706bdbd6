"""Whether SQLite's file lies where its locks hold: on a network file system they do not, and WAL cannot work."""

from __future__ import annotations

from pathlib import Path

NETWORK = frozenset({
    "9p", "afs", "ceph", "cifs", "fuse.glusterfs", "fuse.s3fs", "fuse.sshfs", "gfs2", "lustre", "ncpfs", "nfs",
    "nfs4", "ocfs2", "smb3", "smbfs",
})  # fmt: skip
MOUNTS = Path("/proc/self/mounts")


def network_type(file: Path) -> str:
    """The type of the network file system that `file` lies on, or "" when it is none or nobody can say."""
    try:
        table = MOUNTS.read_text(errors="replace")
    except OSError:  # not on Linux
        return ""
    kind = type_of(file.resolve(), table)
    return kind if kind in NETWORK else ""


def type_of(file: Path, table: str) -> str:
    """The type of the last mount in `table` (in the form of /proc/mounts) that lies nearest above `file`."""
    nearest, kind = -1, ""
    for line in table.splitlines():
        _, where, found, *_ = [*line.split(" "), "", ""]
        point = Path(_plain(where))
        if file.is_relative_to(point) and len(point.parts) >= nearest:
            nearest, kind = len(point.parts), found
    return kind


def _plain(text: str) -> str:
    """The kernel writes space, tab, newline and backslash as octal numbers."""
    for number, character in ((r"\040", " "), (r"\011", "\t"), (r"\012", "\n"), (r"\134", "\\")):
        text = text.replace(number, character)
    return text
