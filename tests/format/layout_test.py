#!/usr/bin/env python3
"""The layout that `lrc fmt` writes: goldens, and what holds for every layout of every policy.

    layout_test.py LRC SOURCE_FOLDER [RELAYOUTS]

A golden is NAME.in.lrp with what becomes of it in NAME.out.lrp, reviewed by a person; there is no way
to rewrite them from what lrc prints. The policies of the repository are laid out at random, RELAYOUTS
times in all (3000), from a fixed seed.
"""
import json
import os
import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from relayout import comments, relayout, words

LRC, ROOT = os.path.abspath(sys.argv[1]), Path(sys.argv[2]).resolve()
RELAYOUTS = int(sys.argv[3]) if len(sys.argv) > 3 else 3000
HERE = Path(__file__).resolve().parent
# Each file that is replaced waits for its disk, twice.
MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


def lrc(*arguments, stdin=b"", folder=None):
    return subprocess.run([LRC, *arguments], input=stdin, capture_output=True, cwd=folder)


def policies():
    """Every policy of the repository that parses, by a name."""
    found = {}
    for folder in ("tests/accept", "tests/format", "examples", "stdlib"):
        for path in sorted((ROOT / folder).rglob("*.lrp")):
            found[path.relative_to(ROOT).as_posix()] = path.read_bytes().decode()
    for path in [*ROOT.glob("*.md"), *ROOT.glob("grammar/*.md"), *ROOT.glob("examples/**/*.md")]:
        for i, body in enumerate(re.findall(r"^```lrc\n(.*?)^```$", path.read_text(), re.MULTILINE | re.DOTALL)):
            found[f"{path.name}/{i}"] = body
    return found


class Goldens(unittest.TestCase):
    maxDiff = None

    def test_goldens(self):
        found = sorted(HERE.glob("*.in.lrp"))
        self.assertGreaterEqual(len(found), 10)
        self.assertEqual(2 * len(found), len(list(HERE.glob("*.lrp"))))
        for path in found:
            wanted = path.with_name(path.name.replace(".in.", ".out.")).read_bytes().decode()
            with self.subTest(path.name):
                result = lrc("fmt", "-", stdin=path.read_bytes())
                self.assertEqual((b"", 0), (result.stderr, result.returncode))
                self.assertEqual(wanted, result.stdout.decode())

    def test_what_we_ship(self):
        result = lrc("fmt", "--check", "examples", "stdlib", folder=ROOT)
        self.assertEqual((0, b"", b""), (result.returncode, result.stdout, result.stderr))


class Relayouts(unittest.TestCase):
    """One folder of many files, so that a verb is called once."""

    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory(dir=MEMORY)
        cls.folder = Path(cls.temporary.name)
        cls.texts = {}
        originals = policies()
        for i in range(max(RELAYOUTS, len(originals))):
            text = list(originals.values())[i % len(originals)]
            name = f"{i:06}.lrp"
            cls.texts[name] = text if i < len(originals) else relayout(text, i)
            (cls.folder / name).write_bytes(cls.texts[name].encode())
        cls.hashes = cls.all_hashes()
        cls.announced = lrc("fmt", "--check", ".", folder=cls.folder)
        cls.untouched = {name: (cls.folder / name).read_bytes().decode() for name in cls.texts}
        cls.result = lrc("fmt", ".", folder=cls.folder)
        cls.formatted = {name: (cls.folder / name).read_bytes().decode() for name in cls.texts}

    @classmethod
    def tearDownClass(cls):
        cls.temporary.cleanup()

    @classmethod
    def all_hashes(cls):
        """Of those that are policies: definitions have none."""
        found = json.loads(lrc("hash", ".", "--format", "json", folder=cls.folder).stdout)
        return {item["file"]: item["hash"] for item in found["policies"]}

    def test_all_of_them_are_laid_out(self):
        self.assertEqual((0, b"", b""), (self.result.returncode, self.result.stdout, self.result.stderr[:2000]))
        self.assertEqual(sorted(self.texts), sorted(path.name for path in self.folder.iterdir()))

    def test_check_announces_what_changes_and_writes_nothing(self):
        self.assertEqual(self.texts, self.untouched)
        changed = [f"./{name}" for name in sorted(self.texts) if self.texts[name] != self.formatted[name]]
        self.assertEqual((1, changed), (self.announced.returncode, self.announced.stdout.decode().splitlines()))

    def test_twice_is_once(self):
        result = lrc("fmt", "--check", ".", folder=self.folder)
        self.assertEqual((0, b"", b""), (result.returncode, result.stdout[:2000], result.stderr))

    def test_the_hash_stays(self):
        self.assertGreater(len(self.hashes), 0.8 * len(self.texts))
        self.assertEqual(self.hashes, self.all_hashes())

    def test_every_word_and_comment_stays_in_its_order(self):
        for name, text in self.texts.items():
            self.assertEqual(words(text), words(self.formatted[name]), name)
            self.assertEqual(comments(text), comments(self.formatted[name]), name)

    def test_lines(self):
        for name, text in self.formatted.items():
            self.assertTrue(text.endswith("\n") and not text.endswith("\n\n") and not text.startswith("\n"), name)
            self.assertNotIn("\n\n\n", text, name)
            self.assertNotRegex(text, r"[ \t\f\v\r]\n", name)
            self.assertNotRegex(text, r"\{\n\n|\n\n *\}", name)
            self.assertNotIn("\ufeff", text, name)

    def test_a_layout_without_comments_and_blocks_is_one(self):
        # Whoever writes a sentence, and however: it is laid out as one.
        for sentence in ("warmup 6% linear then cosine to 0.01x", "min(rsqrt timescale 10K steps, 0.5x)",
                         "hold 1x" + ", then linear to 0 for 10 steps" * 12, "min(" + "constant, " * 40 + "0.5 x)"):
            texts = [re.sub(r"#[^\r\n]*", "", relayout(sentence, seed)).encode() for seed in range(20)]
            self.assertEqual(1, len({lrc("fmt", "-", stdin=text).stdout for text in texts}), sentence)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
