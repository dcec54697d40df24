# SPDX-License-Identifier: Apache-2.0
"""Run a module's unittest cases with TAP output."""

import sys
import unittest


class Result(unittest.TextTestResult):
    count = 0

    def line(self, verdict, test, note=""):
        Result.count += 1
        print(f"{verdict} {Result.count} - {test.id()}{note}", flush=True)

    def addSuccess(self, test):
        super().addSuccess(test)
        self.line("ok", test)

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self.line("not ok", test)

    def addError(self, test, err):
        super().addError(test, err)
        self.line("not ok", test)

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self.line("ok", test, f" # SKIP {reason}")

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err:
            self.line("not ok", subtest)


def main():
    runner = unittest.TextTestRunner(resultclass=Result, verbosity=0)
    sys.exit(not unittest.main(module="__main__", testRunner=runner, exit=False).result.wasSuccessful())
