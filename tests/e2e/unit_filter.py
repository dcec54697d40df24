#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Run a command under a system-call filter as systemd makes it of a unit's SystemCallFilter= lines.

Usage: unit_filter.py LINE [LINE...] -- COMMAND...
A LINE is a list of calls and @sets, with ~ before it for those that are taken away; what is not allowed kills the
process. The sets are those that systemd-analyze(1) tells. Exit status 77 where that or libseccomp is missing.
"""

import ctypes
import functools
import os
import subprocess
import sys

KILL_PROCESS, ALLOW = 0x80000000, 0x7FFF0000


@functools.cache
def members(name):
    """The calls of a set, those of the sets in it included; a call is a set of one."""
    if not name.startswith("@"):
        return frozenset([name])
    text = subprocess.run(["systemd-analyze", "syscall-filter", name], check=True, capture_output=True, text=True).stdout
    words = [line.strip() for line in text.splitlines()[1:]]
    return frozenset().union(*(members(word) for word in words if word and not word.startswith("#")))


def chosen(lines):
    """(the action by default, the calls for which it is the other one)."""
    taken_away = lines[0].startswith("~")
    calls = set()
    for line in lines:
        words = frozenset().union(*(members(word) for word in line.lstrip("~").split()))
        if line.startswith("~") == taken_away:
            calls |= words
        else:
            calls -= words
    if not taken_away:
        calls |= members("@default")  # which systemd always allows
    return (ALLOW if taken_away else KILL_PROCESS), calls


def load(library, lines):
    usual, calls = chosen(lines)
    library.seccomp_init.restype = ctypes.c_void_p
    context = ctypes.c_void_p(library.seccomp_init(ctypes.c_uint32(usual)))
    for call in calls:
        number = library.seccomp_syscall_resolve_name(call.encode())
        if number >= 0:  # others are unknown here, or another machine's
            other = KILL_PROCESS if usual == ALLOW else ALLOW
            if library.seccomp_rule_add(context, ctypes.c_uint32(other), number, 0) != 0:
                sys.exit(f"unit_filter.py: {call}")
    if library.seccomp_load(context) != 0:
        sys.exit("unit_filter.py: the kernel takes no filter")


def main():
    end = sys.argv.index("--")
    try:
        subprocess.run(["systemd-analyze", "--version"], check=True, capture_output=True)
        library = ctypes.CDLL("libseccomp.so.2")
    except (OSError, subprocess.CalledProcessError):
        sys.exit(77)
    load(library, sys.argv[1:end])
    os.execvp(sys.argv[end + 1], sys.argv[end + 1:])


if __name__ == "__main__":
    main()
