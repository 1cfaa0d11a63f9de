#!/usr/bin/env python3
"""Every diagnostic has a page; what a page calls wrong yields exactly its code, and what it calls
right compiles. Called with the path of the lrc binary."""

import json
import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGES = ROOT / "compiler" / "diagnostics" / "explain"
LRC = None

# Machine-applicable fixes whose result still needs another decision of the author; each with why.
# Applied, they must at least no longer report their own code.
NOT_YET_WHOLE = {}


def codes():
    text = (ROOT / "compiler" / "diagnostics" / "codes.def").read_text()
    return re.findall(r"^X\((\w+),", text, re.M)


def blocks(code, kind):
    text = (PAGES / f"{code}.md").read_text()
    return re.findall(rf"```lrc {kind}\n(.*?)```", text, re.S)


def flags_of(text):
    """`# flags:` in a block: it is evaluated with them, not only checked."""
    found = re.search(r"^# flags:(.*)$", text, re.M)
    return None if found is None else shlex.split(found.group(1))


def verb_of(text):
    """`# verb:` in a block: the verb that finds the mistake, where it is not `check`."""
    found = re.search(r"^# verb: (\w+)$", text, re.M)
    return None if found is None else found.group(1)


def run(arguments, text=None, cwd=None):
    return subprocess.run([LRC, *arguments], input=text, capture_output=True, encoding="utf-8",
                          cwd=cwd, timeout=60)


def call(text, extra=()):
    flags = flags_of(text)
    if verb_of(text):
        return run([verb_of(text), "-", *(flags or []), *extra], text)
    if flags is None:
        return run(["check", "-", *extra], text)
    return run(["eval", "-", "--at", "0", *flags, *extra], text)


def shell(line):
    """A `# shell:` line, in a folder of its own, with this lrc on the path."""
    with tempfile.TemporaryDirectory() as folder:
        links = pathlib.Path(folder) / "bin"
        links.mkdir()
        # A wrapper, not a link: lrc finds what it opens relative to itself.
        wrapper = links / "lrc"
        wrapper.write_text(f'#!/bin/sh\nexec {shlex.quote(LRC)} "$@"\n')
        wrapper.chmod(0o755)
        work = pathlib.Path(folder) / "work"
        work.mkdir()
        environment = {**os.environ, "PATH": f"{links}:{os.environ['PATH']}"}
        return subprocess.run(["bash", "-c", line], capture_output=True, encoding="utf-8",
                              cwd=work, env=environment, timeout=60)


def outcome(block):
    line = re.match(r"# shell: (.*)", block)
    return shell(line.group(1)) if line else call(block)


def reported(stderr):
    return re.findall(r"^(?:error|warning)\[(\w+)\]", stderr, re.M)


def offset(text, line, column):
    lines = text.split("\n")
    return sum(len(item) + 1 for item in lines[: line - 1]) + column - 1


def apply(text, fix):
    begin = offset(text, fix["line"], fix["column"])
    end = offset(text, fix["end_line"], fix["end_column"])
    return text[:begin] + fix["replacement"] + text[end:]


class Pages(unittest.TestCase):
    def test_every_code_has_a_page(self):
        for code in codes():
            with self.subTest(code):
                self.assertTrue((PAGES / f"{code}.md").is_file())
                shown = run(["explain", code.lower()])
                self.assertEqual(shown.returncode, 0)
                self.assertIn(f"# {code}: ", shown.stdout)
                self.assertEqual(len(blocks(code, "wrong")), 1)
                self.assertEqual(len(blocks(code, "right")), 1)
        self.assertEqual(sorted(codes()), sorted(page.stem for page in PAGES.glob("*.md")))

    def test_titles_are_those_of_the_list(self):
        text = (ROOT / "compiler" / "diagnostics" / "codes.def").read_text()
        for code, title in re.findall(r'^X\((\w+), \w+, \d, "(.*)"\)', text, re.M):
            first = (PAGES / f"{code}.md").read_text().split("\n")[0]
            self.assertEqual(first, f"# {code}: {title}")

    def test_wrong_blocks(self):
        for code in codes():
            with self.subTest(code):
                result = outcome(blocks(code, "wrong")[0])
                self.assertEqual(reported(result.stderr), [code], result.stderr)

    def test_right_blocks(self):
        for code in codes():
            with self.subTest(code):
                result = outcome(blocks(code, "right")[0])
                self.assertEqual(reported(result.stderr), [], result.stderr)
                self.assertEqual(result.returncode, 0, result.stderr)

    def test_unknown_code(self):
        result = run(["explain", "E9999"])
        self.assertEqual(result.returncode, 2)
        self.assertEqual(result.stdout, "")
        self.assertIn("no diagnostic has the code", result.stderr)


class Fixes(unittest.TestCase):
    """Every fix that a program could apply, over the pages and the reject goldens."""

    def sources(self):
        for code in codes():
            block = blocks(code, "wrong")[0]
            if not block.startswith("# shell:"):
                yield f"page {code}", block
        for path in sorted((ROOT / "tests" / "reject").glob("*.lrp")):
            try:
                text = path.read_text(encoding="utf-8")
            except UnicodeDecodeError:
                continue
            want = path.with_suffix(".want").read_text(encoding="utf-8")
            flags = re.search(r"--- flags\n(.*)\n", want)
            verb = re.search(r"--- verb\n(.*)\n", want)
            head = (f"# flags: {flags.group(1)}\n" if flags else "") + (f"# verb: {verb.group(1)}\n" if verb else "")
            yield path.name, head + text

    def test_fixes(self):
        applied = 0
        for name, text in self.sources():
            result = call(text, ["--format", "json"])
            for issue in json.loads(result.stderr or '{"diagnostics":[]}')["diagnostics"]:
                fix = issue["fix"]
                if fix is None or "replacement" not in fix or issue["file"] != "<stdin>":
                    continue
                with self.subTest(name, fix=fix["text"]):
                    applied += 1
                    again = call(apply(text, fix))
                    left = reported(again.stderr)
                    if "_many_" in name:  # one of several mistakes is gone
                        self.assertLess(len(left), len(reported(call(text).stderr)))
                    elif name in NOT_YET_WHOLE:
                        self.assertNotIn(issue["code"], left, NOT_YET_WHOLE[name])
                    else:
                        self.assertEqual(left, [], again.stderr)
        self.assertGreater(applied, 0)


if __name__ == "__main__":
    LRC = str(pathlib.Path(sys.argv.pop(1)).resolve())
    unittest.main()
