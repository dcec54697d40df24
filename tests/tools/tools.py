# SPDX-License-Identifier: Apache-2.0
"""Running the tlscard command in its tests: on the double of the driver, or as it ships."""

import json
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests"))

BUILD = pathlib.Path(os.environ.get("BUILD", ROOT / "build")).resolve()
DOUBLE = BUILD / "tests/tools/bin/tlscard"
DOUBLE_MODULE = BUILD / "tests/tools/lib/ossl-modules/tlscard.so"
SHIPPED = BUILD / "bin/tlscard"
SIMULATION = BUILD / "lib/libtlscard-sim.so"


def run(*words, command=DOUBLE, timeout=600, **environment):
    """Run the command; environment adds to this process's own. Returns (status, output, errors)."""
    done = subprocess.run([command, *words], capture_output=True, text=True, timeout=timeout, check=False,
                          stdin=subprocess.DEVNULL, env={**os.environ, **environment})
    return done.returncode, done.stdout, done.stderr


def run_json(*words, **options):
    """The same with --json, the output parsed: (status, value, errors)."""
    status, output, errors = run(*words, "--json", **options)
    try:
        return status, json.loads(output), errors
    except ValueError as error:
        raise AssertionError(f"exit status {status}, no JSON in {output!r}; {errors}") from error
