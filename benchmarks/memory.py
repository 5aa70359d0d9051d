"""Memory and files of this process."""

import resource
import sys
from pathlib import Path

STATUS = Path("/proc/self/status")


def peak() -> int:
    """The most memory that it has held, in bytes.

    Linux hands ``ru_maxrss`` on from parent to child, so a big parent would count as a big child; VmHWM is our own.
    """
    if STATUS.exists():
        lines = STATUS.read_text("ascii").splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024


def resident() -> int:
    """The memory that it holds now, in bytes; the most so far, where Linux is not there to say."""
    if not STATUS.exists():
        return peak()
    lines = STATUS.read_text("ascii").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmRSS"))


def open_files() -> int:
    """How many files and sockets it has open; 0 where Linux is not there to say."""
    folder = Path("/proc/self/fd")
    return len(list(folder.iterdir())) if folder.exists() else 0
