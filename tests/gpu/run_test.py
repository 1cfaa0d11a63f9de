#!/usr/bin/env python3
"""tests/gpu/run.sh: with a GPU the bits must be equal; without one it says what it skipped, and why.

    run_test.py GPU_TASKS
"""
import gzip
import json
import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

TASKS = sys.argv[1]
HERE = Path(__file__).resolve().parent
PROGRAMS = 20


class Run(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.tasks = Path(cls.folder.name, "tasks.jsonl.gz")
        subprocess.run([HERE / "prepare.py", TASKS, cls.tasks, str(PROGRAMS)], check=True, capture_output=True)

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def test_it_compares_or_says_what_it_skipped(self):
        result = subprocess.run([HERE / "run.sh", self.tasks], capture_output=True, text=True)
        print(result.stdout.strip())
        self.assertEqual(0, result.returncode, result.stdout + result.stderr)
        self.assertRegex(result.stdout, rf"skipped: the bits of {PROGRAMS} programs on a GPU, because .*CUDA driver"
                                        rf"|{PROGRAMS} programs, \d+ values, 0 with other bits")

    def test_without_tasks_it_says_how_to_get_them(self):
        result = subprocess.run([HERE / "run.sh", "/nowhere.gz"], capture_output=True, text=True)
        self.assertEqual(3, result.returncode)
        self.assertIn("make gpu-tasks", result.stderr)

    # One task carries all that a machine without our sources needs.
    def test_tasks_are_whole(self):
        with gzip.open(self.tasks, "rt") as lines:
            read = [json.loads(line) for line in lines]
        self.assertEqual(PROGRAMS, len(read))
        for task in read:
            self.assertEqual(16 * task["slots"] * len(task["steps"]), len(task["values"]))
            self.assertIsNotNone(re.search(r"\.visible \.entry lrc_policy_table\(", task["ptx"]))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
