#!/usr/bin/env python3
"""Who includes whom is what ARCHITECTURE.md says, no more and no less.

    arrows_test.py SOURCE_FOLDER

Under "Who may include whom" a line `check: diagnostics, exact, ir/operation.h` allows the files of
`compiler/check` what it names: folders, or single headers, below `compiler/` (or of `runtime/`, with
that name before them).
"""
import re
import sys
import unittest
from pathlib import Path

ROOT = Path(sys.argv[1]).resolve()
INCLUDE = re.compile(r'^#include "((?:compiler|runtime)/[^"]+)"', re.MULTILINE)


def full(name):
    return name if name.startswith("runtime/") else f"compiler/{name}"


def allowed_arrows(text):
    """Folder → what it may include, from the block under the heading."""
    section = text.split("Who may include whom", 1)[1].split("\n## ", 1)[0]
    arrows = {}
    for line in re.findall(r"^    ([\w/]+): *(.*)$", section, re.MULTILINE):
        folder, names = line
        arrows[full(folder)] = {full(name.strip()) for name in names.split(",") if name.strip() not in ("", "nothing")}
    return arrows


def included(root):
    """Folder → the headers of other folders that its files include."""
    found = {}
    for base in ("compiler", "runtime"):
        for path in sorted((root / base).rglob("*")):
            if path.suffix not in (".cpp", ".h"):
                continue
            folder = path.parent.relative_to(root).as_posix()
            headers = INCLUDE.findall(path.read_text(encoding="utf-8"))
            found.setdefault(folder, set()).update(h for h in headers if h.rsplit("/", 1)[0] != folder)
    return found


def covers(arrow, header):
    return header == arrow or header.rsplit("/", 1)[0] == arrow


class Arrows(unittest.TestCase):
    def setUp(self):
        self.allowed = allowed_arrows((ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8"))
        self.included = included(ROOT)

    def test_every_folder_is_listed(self):
        self.assertEqual(sorted(self.allowed), sorted(self.included))

    def test_no_include_beyond_the_list(self):
        for folder, headers in self.included.items():
            for header in sorted(headers):
                with self.subTest(folder=folder, header=header):
                    self.assertTrue(any(covers(arrow, header) for arrow in self.allowed.get(folder, ())))

    def test_no_arrow_that_nobody_uses(self):
        for folder, arrows in self.allowed.items():
            for arrow in sorted(arrows):
                with self.subTest(folder=folder, arrow=arrow):
                    self.assertTrue(any(covers(arrow, header) for header in self.included.get(folder, ())))

    def test_the_arrows_make_no_ring(self):
        # A single header below a folder is still an arrow to that folder, but for the list of
        # operations, which is a leaf of its own.
        edges = {f: {a.rsplit("/", 1)[0] if a.endswith(".h") else a for a in arrows if not a.endswith("operation.h")}
                 for f, arrows in self.allowed.items()}
        order, open_ = [], set()

        def visit(folder):
            self.assertNotIn(folder, open_, f"a ring through {folder}")
            if folder in order:
                return
            open_.add(folder)
            for other in sorted(edges.get(folder, ())):
                visit(other)
            open_.remove(folder)
            order.append(folder)

        for folder in sorted(edges):
            visit(folder)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
