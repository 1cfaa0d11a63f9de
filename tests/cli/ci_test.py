#!/usr/bin/env python3
"""The pre-commit hook of examples/ci, installed in a repository of its own: what it stops, what it lets pass.

    ci_test.py LRC ROOT
"""
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

LRC, ROOT = os.path.abspath(sys.argv[1]), Path(sys.argv[2])


def policy(version, warmup):
    return f"policy p version {version} {{\n  lr = warmup {warmup} steps then hold\n}}\n"


def environment(**more):
    """Without what an outer git says (these tests may run in a hook), and with nobody's configuration."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("GIT_") and name != "LRC"}
    who = {f"GIT_{role}_{what}": "test@example.com" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    return {**clean, **who, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull, **more}


class Hook(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="lrc_ci_")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name).resolve()
        self.environment = environment(LRC=LRC)
        self.run_in("git", "init", "--quiet")
        hook = self.folder / ".git/hooks/pre-commit"
        hook.parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / "examples/ci/pre-commit", hook)
        self.policy = self.folder / "policies/p.lrp"
        self.policy.parent.mkdir()

    def run_in(self, *call, folder="."):
        result = subprocess.run(call, cwd=self.folder / folder, env=self.environment, text=True, capture_output=True)
        return result.returncode, result.stdout + result.stderr

    def write(self, version, warmup, lock=False):
        self.policy.write_text(policy(version, warmup))
        if lock:
            code, text = self.run_in(LRC, "lock", ".")
            self.assertEqual(0, code, text)

    def commits(self):
        code, count = self.run_in("git", "rev-list", "--count", "HEAD")
        return int(count) if code == 0 else 0

    def commit(self, *paths, folder="."):
        """Adds the paths, all of them unless said, and commits: git's exit code, and what was printed."""
        before = self.commits()
        self.assertEqual(0, self.run_in("git", "add", *(paths or ["."]))[0])
        code, text = self.run_in("git", "commit", "--quiet", "-m", "a change", folder=folder)
        self.assertEqual(before + (code == 0), self.commits(), text)
        return code, text

    def passes(self, *paths, folder="."):
        code, text = self.commit(*paths, folder=folder)
        self.assertEqual(0, code, text)

    def is_stopped(self, by, *paths, folder="."):
        code, text = self.commit(*paths, folder=folder)
        self.assertNotEqual(0, code, text)
        self.assertIn(by, text)

    def a_meaning_needs_its_version(self, folder="."):
        self.write(1, 100, lock=True)
        self.passes(folder=folder)
        self.write(1, 200)
        self.is_stopped("E0601", folder=folder)
        self.write(2, 200, lock=True)
        self.passes(folder=folder)

    def test_an_absolute_lrc(self):
        self.a_meaning_needs_its_version()

    def relative(self):
        """tools/lrc in the repository: a script, since lrc finds what it opens beside itself."""
        tool = self.folder / "tools/lrc"
        tool.parent.mkdir()
        tool.write_text(f'#!/bin/sh\nexec {shlex.quote(LRC)} "$@"\n')
        tool.chmod(0o755)

    def test_a_relative_lrc(self):
        self.relative()
        self.environment = environment(LRC="tools/lrc")
        self.a_meaning_needs_its_version()

    def test_a_relative_lrc_from_a_folder_below(self):
        self.relative()
        self.environment = environment(LRC="tools/lrc")
        self.a_meaning_needs_its_version(folder="policies")

    def test_an_lrc_on_the_path(self):
        self.relative()
        for folder in (str(self.folder / "tools"), "tools"):
            self.environment = environment(PATH=f"{folder}:{os.environ['PATH']}")
            with self.subTest(folder):
                self.write(1, 100)
                self.is_stopped("E0602")
        self.write(1, 100, lock=True)
        self.passes()

    def test_without_lrc_nothing_passes(self):
        self.write(1, 100, lock=True)
        self.environment = environment(LRC="no/such/lrc")
        self.is_stopped("no/such/lrc was not found")

    def test_what_is_committed_is_checked_not_what_lies_around(self):
        self.write(1, 100, lock=True)
        self.passes()
        self.write(2, 200, lock=True)
        self.is_stopped("lrc.lock", "policies")  # the lock was not added
        self.passes("lrc.lock")

    def test_other_commits_are_left_alone(self):
        self.write(1, 100, lock=True)
        self.passes()
        self.write(1, 200)  # not added
        (self.folder / "notes.txt").write_text("nothing\n")
        self.passes("notes.txt")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
