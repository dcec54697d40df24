#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The processor time of a command under two OpenSSL configurations, as a ratio.

Usage: cost.py ROUNDS MOST WITH.cnf WITHOUT.cnf COMMAND...
The runs alternate, so that both see the same machine; the least of each counts. Fails where the ratio of WITH to
WITHOUT is more than MOST.
"""

import os
import subprocess
import sys


def processor_time(configuration, command):
    """User and system seconds of one run."""
    with subprocess.Popen(command, env=dict(os.environ, OPENSSL_CONF=configuration), stdout=subprocess.DEVNULL) as run:
        _, status, usage = os.wait4(run.pid, 0)
        run.returncode = os.waitstatus_to_exitcode(status)
    if run.returncode != 0:
        sys.exit(f"{command[0]} under {configuration} ended with status {run.returncode}")
    return usage.ru_utime + usage.ru_stime


def main(rounds, most, *rest):
    configurations, command = rest[:2], rest[2:]
    times = {name: [] for name in configurations}
    for _ in range(int(rounds)):
        for name in configurations:
            times[name].append(processor_time(name, command))
    least = [min(times[name]) for name in configurations]
    ratio = least[0] / least[1]
    for name in configurations:
        print(os.path.basename(name), " ".join(f"{seconds:.2f}" for seconds in times[name]))
    print(f"{least[0]:.3f} s / {least[1]:.3f} s = {ratio:.3f}")
    return ratio > float(most)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
