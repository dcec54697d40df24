#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Feeds one end of a TLS connection with lines and KeyUpdates: lines.py WHO OWN_LOG OTHER_LOG

Both ends write to their logs. s_client and s_server take a command only as a line that they read alone, so each is written
to standard output, a pipe, when the one before has been read from there. The pipe stays open until both ends have
all lines of the other.
"""

import array
import fcntl
import pathlib
import sys
import termios
import time

WHO = {"server": "from the server", "client": "from the client"}
LINES = ("first", "second", "third")
PATIENCE = 600  # seconds

who, own, other = sys.argv[1], *map(pathlib.Path, sys.argv[2:4])
until = time.monotonic() + PATIENCE


def wait(condition, what):
    while not condition():
        if time.monotonic() > until:
            sys.exit(f"lines.py: {what} never came for the {who}")
        time.sleep(0.02)


def said(log, *texts):
    return log.exists() and all(text.encode() in log.read_bytes() for text in texts)


def taken():
    left = array.array("i", [0])
    fcntl.ioctl(sys.stdout.fileno(), termios.FIONREAD, left)
    return left[0] == 0


def all_lines(log, side):
    return said(log, *(f"{number} {WHO[side]}" for number in LINES))


logs = {who: own, {"server": "client", "client": "server"}[who]: other}
wait(lambda: said(logs["server"], "CIPHER is"), "the server's end of the handshake")
wait(lambda: said(logs["client"], "Verify return code"), "the client's end of the handshake")
for line in (f"first {WHO[who]}", "k", f"second {WHO[who]}", "K", f"third {WHO[who]}"):
    print(line, flush=True)
    wait(taken, f"the reading of '{line}'")
wait(lambda: all_lines(logs["server"], "client") and all_lines(logs["client"], "server"), "what the other end said")
