"""Writers: whether some program has a file open for writing, as far as the kernel tells.

A read lease is granted only where nobody writes. It is given back at once; who opens the file in between waits for
that and notices nothing. Local disks know leases, shares do not: then nothing is known.
Source: fcntl(2), F_SETLEASE.
"""

import errno
import fcntl
import os
import signal
import sys
from pathlib import Path


def is_being_written(path: Path) -> bool:
    """Whether a program is known to write to a file."""
    if sys.platform != "linux":
        return False
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        # the kernel's default signal to a holder whose lease is broken ends the process; this one does nothing
        fcntl.fcntl(descriptor, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    except OSError as fault:
        return fault.errno == errno.EAGAIN
    finally:
        os.close(descriptor)
    return False
