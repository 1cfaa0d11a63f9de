#!/usr/bin/env python3
"""A machine without a CUDA driver, and one whose driver is too old: what a C program is told.

    absent_test.py PROGRAM
"""
import os
import subprocess
import sys
import unittest

PROGRAM = sys.argv[1]


def told(driver):
    environment = dict(os.environ)
    environment.pop("LRC_CUDA_DRIVER", None)
    if driver is not None:
        environment["LRC_CUDA_DRIVER"] = driver
    result = subprocess.run([PROGRAM], env=environment, text=True, capture_output=True)
    return result.returncode, result.stdout


class Absent(unittest.TestCase):
    def test_without_a_driver(self):
        status, text = told("/nowhere/libcuda.so.1")
        self.assertEqual(3, status, text)  # LRC_ENVIRONMENT
        for words in ("the CUDA driver cannot be opened: /nowhere/libcuda.so.1", "`nvidia-smi`", "LRC_CUDA_DRIVER"):
            self.assertIn(words, text)

    def test_a_library_that_is_no_driver(self):
        status, text = told("libm.so.6")
        self.assertEqual(3, status, text)
        self.assertIn("is too old: it lacks cuInit", text)
        self.assertIn("install a driver", text)

    def test_this_machine(self):
        status, text = told(None)
        if status == 0:
            self.skipTest("this machine has a driver")
        self.assertEqual(3, status, text)
        self.assertRegex(text, "libcuda.so.1|cuInit")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
