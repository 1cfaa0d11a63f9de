#!/usr/bin/env python3
"""Every C and C++ file is as clang-format leaves it. `make format` mends what this finds.

    format_test.py SOURCE_FOLDER CLANG_FORMAT
"""
import subprocess
import sys
import unittest
from pathlib import Path

ROOT, CLANG_FORMAT = Path(sys.argv[1]).resolve(), sys.argv[2]
FOLDERS = ("bench", "compiler", "examples", "runtime", "tests")


class Format(unittest.TestCase):
    def test_every_file(self):
        files = [path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*"))
                 if path.suffix in (".cpp", ".h", ".c")]
        self.assertGreater(len(files), 100)
        found = subprocess.run([CLANG_FORMAT, "--dry-run", "-Werror", *files], capture_output=True, text=True)
        self.assertEqual(0, found.returncode, found.stderr[:2000])

    def test_it_finds_what_is_not(self):
        found = subprocess.run([CLANG_FORMAT, "--dry-run", "-Werror", f"--style=file:{ROOT}/.clang-format"],
                               input="int  main( ){}", capture_output=True, text=True)
        self.assertNotEqual(0, found.returncode)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
