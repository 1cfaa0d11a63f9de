#!/usr/bin/env python3
"""Policies whose canonical text, hash and bits later releases must give again.

    corpus_test.py LRC FOLDER                  every entry holds
    corpus_test.py LRC FOLDER --add FILE…      new entries from goldens (FILE.lrp with its flags in FILE.want); one that
                                               is there already stays as it is
"""
import csv
import hashlib
import io
import os
import re
import shlex
import subprocess
import sys
import unittest
from pathlib import Path

LRC = os.path.abspath(sys.argv[1])
FOLDER = Path(sys.argv[2]).resolve()
# Updates of every kind of number: the first ones, powers and their neighbours, far ones.
STEPS = sorted({0, 1, 2, 3} | {10**k + d for k in range(1, 9) for d in (-1, 0, 1)} | {3 * 10**k for k in range(1, 7)})


def lrc(*call):
    return subprocess.run([LRC, *map(str, call)], text=True, capture_output=True)


def canonical(path):
    result = lrc("hash", "--canonical", path)
    return result.stdout if result.returncode == 0 else result.stderr


def values(path, flags, backend):
    """A CSV whose numbers are hexadecimal."""
    result = lrc("eval", path, *flags, "--at", ",".join(map(str, STEPS)), "--format", "csv", "--backend", backend)
    if result.returncode != 0:
        return result.stderr
    rows = list(csv.reader(io.StringIO(result.stdout)))
    lines = [",".join(rows[0])] + [",".join([row[0], *(float(value).hex() for value in row[1:])]) for row in rows[1:]]
    return "".join(line + "\n" for line in lines)


def digest(text):
    return "lrc1:" + hashlib.sha256(text.encode()).hexdigest()


def add(path):
    want = path.with_suffix(".want")
    found = re.search(r"--- flags\n(.*)\n", want.read_text()) if want.exists() else None
    flags = found.group(1) if found else ""
    name = path.stem
    if (FOLDER / f"{name}.values").exists():
        sys.exit(f"{name} is an entry already: what it says is promised, and is never written anew")
    text = canonical(path)
    (FOLDER / f"{name}.lrp").write_text(path.read_text())
    (FOLDER / f"{name}.canonical").write_text(text)
    head = f"flags {flags}".strip() + f"\n{digest(text)}\n"
    (FOLDER / f"{name}.values").write_text(head + values(path, shlex.split(flags), "interp"))


class Corpus(unittest.TestCase):
    def entries(self):
        paths = sorted(FOLDER.glob("*.lrp"))
        self.assertGreater(len(paths), 0)
        return paths

    def test_text_and_hash(self):
        for path in self.entries():
            with self.subTest(path.stem):
                text = path.with_suffix(".canonical").read_text()
                self.assertEqual(text, canonical(path))
                stated = path.with_suffix(".values").read_text().split("\n")[1]
                self.assertEqual(stated, digest(text))
                self.assertIn(stated, lrc("hash", path).stdout)

    def test_bits(self):
        for path in self.entries():
            flags, _, kept = path.with_suffix(".values").read_text().split("\n", 2)
            for backend in ("interp", "jit"):
                with self.subTest(path.stem, backend=backend):
                    got = values(path, shlex.split(flags.removeprefix("flags")), backend)
                    self.assertEqual(kept, got)

    def test_every_entry_is_whole(self):
        names = {kind: {path.stem for path in FOLDER.glob(f"*.{kind}")} for kind in ("lrp", "canonical", "values")}
        self.assertEqual(names["lrp"], names["canonical"])
        self.assertEqual(names["lrp"], names["values"])


if __name__ == "__main__":
    if "--add" in sys.argv:
        for argument in sys.argv[sys.argv.index("--add") + 1:]:
            add(Path(argument))
    else:
        unittest.main(argv=sys.argv[:1])
