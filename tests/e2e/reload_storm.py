# SPDX-License-Identifier: Apache-2.0
"""Reloads nginx many times under load, killing workers at random, and judges every failed connection.

    reload_storm.py MASTER_PID PORT CERTIFICATE RELOADS KILLS CLIENTS

A connection may fail only where a worker was killed while it was open: nginx itself fails those.
Prints one JSON object; exit status 0 where no other connection failed and some succeeded after the last reload.
"""

import json
import os
import pathlib
import random
import signal
import socket
import ssl
import sys
import threading
import time

master, port, certificate, reloads, kills, clients = (
    int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], *map(int, sys.argv[4:7]))
PATIENCE = 600  # seconds, for a connection and for the end
SEED = int(os.environ.get("TLSCARD_TEST_SEED", "1"))
context = ssl.create_default_context(cafile=certificate)
stop = threading.Event()
lock = threading.Lock()
succeeded, failed, killed = [], [], []


def connection():
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as plain, \
            context.wrap_socket(plain, server_hostname="localhost") as secure:
        secure.sendall(b"GET / HTTP/1.0\r\n\r\n")
        answer = b""
        while part := secure.recv(4096):
            answer += part
    if not answer.endswith(b"served\n"):
        raise OSError(f"answered {answer[:80]!r}")


def client():
    while not stop.is_set():
        began = time.monotonic()
        try:
            connection()
            with lock:
                succeeded.append(began)
        except OSError as error:
            with lock:
                failed.append((began, time.monotonic(), repr(error)))


def workers():
    found = []
    for path in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        if int(fields[1]) == master and fields[0] != "Z":
            found.append(int(path.parent.name))
    return found


def storm(chance):
    to_kill = set(chance.sample(range(reloads), min(kills, reloads)))
    for n in range(reloads):
        os.kill(master, signal.SIGHUP)
        time.sleep(chance.uniform(0.02, 0.2))
        if n in to_kill and (alive := workers()):
            before = time.monotonic()
            try:
                os.kill(chance.choice(alive), signal.SIGKILL)
            except ProcessLookupError:
                pass  # it has just ended by itself
            killed.append((before, time.monotonic()))
        if sys.stderr.isatty():
            print(f"\r{n + 1}/{reloads} reloads", end="", file=sys.stderr)
    return time.monotonic()


threads = [threading.Thread(target=client) for _ in range(clients)]
for thread in threads:
    thread.start()
last = storm(random.Random(SEED))


def served_since():
    with lock:
        return sum(began >= last for began in succeeded)


while served_since() < clients and time.monotonic() < last + PATIENCE:
    time.sleep(0.1)
stop.set()
for thread in threads:
    thread.join()
unexplained = [text for began, ended, text in failed
               if not any(began <= at[1] and at[0] <= ended for at in killed)]
result = {"reloads": reloads, "kills": len(killed), "succeeded": len(succeeded), "failed": len(failed),
          "unexplained": unexplained, "after": served_since()}
print(json.dumps(result))
sys.exit(bool(unexplained) or not succeeded or not result["after"])
