"""Confining: what a worker takes away from itself before it does anything for anybody.

Limits hold on every system. On Linux the kernel also forbids it to write, make or remove files, to start programs, to
connect and to send signals, as far as this kernel knows how to (Landlock); where it does not, the limits remain.
"""

import contextlib
import ctypes
import os
import resource
import struct
import sys
from pathlib import Path
from typing import Final

_MB = 1024 * 1024
_MOST_FILES = 256
_MODEST = 19  #: the least that a process can ask for
#: CPU seconds beyond the deadline that the parent keeps: the parent ends a slow worker, this one that nobody watches.
SPARE_S = 10

#: Source: linux/prctl.h; asm-generic/unistd.h.
_NO_NEW_PRIVILEGES: Final = 38
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_VERSION_ASKED: Final = 1
_PATH_BENEATH: Final = 1
#: Rights to files but for reading, by the version of Landlock that has them. Source: linux/landlock.h.
_EXECUTE, _WRITE, _REFER, _TRUNCATE = 1 << 0, 1 << 1, 1 << 13, 1 << 14
_CHANGE = sum(1 << bit for bit in range(4, 13))  # remove and make, each kind of file
_RIGHTS = {1: _EXECUTE | _WRITE | _CHANGE, 2: _REFER, 3: _TRUNCATE}
_BIND_AND_CONNECT: Final = 3  #: TCP, since version 4
_ABSTRACT_SOCKETS_AND_SIGNALS: Final = 3  #: since version 6


def be_modest() -> None:
    """Take only the time that nobody else wants; before `confine`, which forbids to say so."""
    os.nice(_MODEST)
    with contextlib.suppress(OSError):  # Linux weighs sessions against each other before processes, where it does
        Path("/proc/self/autogroup").write_text(str(_MODEST))


def confine(memory_mb: int) -> None:
    """Set every limit that holds whatever the task does; threads started before keep some of their rights."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (_MOST_FILES, _MOST_FILES))
    resource.setrlimit(resource.RLIMIT_AS, (memory_mb * _MB, memory_mb * _MB))
    sys.dont_write_bytecode = True
    if sys.platform == "linux":
        libc = ctypes.CDLL(None)
        libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
        _forbid(libc)


def limit_cpu(seconds: float) -> None:
    """Let the system end this process once it has computed so long from now."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    until = int(used.ru_utime + used.ru_stime + seconds) + SPARE_S
    resource.setrlimit(resource.RLIMIT_CPU, (until, resource.getrlimit(resource.RLIMIT_CPU)[1]))


def landlock_version() -> int:
    """How much the kernel can forbid; 0: nothing."""
    if sys.platform != "linux":
        return 0
    return max(int(ctypes.CDLL(None).syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), _VERSION_ASKED)), 0)


def _forbid(libc: ctypes.CDLL) -> None:
    version = landlock_version()
    if not version:
        return
    files = sum(rights for since, rights in _RIGHTS.items() if since <= version)
    network = _BIND_AND_CONNECT if version >= 4 else 0
    scopes = _ABSTRACT_SOCKETS_AND_SIGNALS if version >= 6 else 0
    wanted = struct.pack("=QQQ", files, network, scopes)[: {1: 8, 2: 8, 3: 8, 4: 16, 5: 16}.get(version, 24)]
    rules = int(libc.syscall(_CREATE_RULESET, wanted, ctypes.c_size_t(len(wanted)), 0))
    if rules < 0:
        return
    with contextlib.suppress(OSError):
        nothing = os.open(os.devnull, os.O_PATH)
        beneath = struct.pack("=Qi", _WRITE, nothing)
        libc.syscall(_ADD_RULE, rules, _PATH_BENEATH, beneath, 0)
        os.close(nothing)
    libc.syscall(_RESTRICT_SELF, rules, 0)
    os.close(rules)
