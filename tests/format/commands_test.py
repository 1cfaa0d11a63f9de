#!/usr/bin/env python3
"""What `lrc fmt` does to files, and what it says.

    commands_test.py LRC
"""
import os
import stat
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

LRC = os.path.abspath(sys.argv[1])
LOOSE, TIDY = "warmup   6% then\n cosine to 0.1 x", "warmup 6% then cosine to 0.1x\n"


class Commands(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = Path(temporary.name)

    def fmt(self, *arguments, code=0, stdin=""):
        result = subprocess.run([LRC, "fmt", *arguments], cwd=self.folder, input=stdin, text=True, capture_output=True)
        self.assertEqual(code, result.returncode, result.stderr)
        return result

    def write(self, name, text=LOOSE):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def test_texts_are_printed(self):
        self.assertEqual(TIDY, self.fmt(LOOSE).stdout)
        self.assertEqual(TIDY, self.fmt("-", stdin=LOOSE).stdout)
        self.assertEqual(TIDY + "constant\n", self.fmt(LOOSE, "constant ").stdout)

    def test_files_are_rewritten_without_a_word(self):
        paths = [self.write("a.lrp"), self.write("deep/er/b.lrp"), self.write("c.txt")]
        result = self.fmt(".")
        self.assertEqual(("", ""), (result.stdout, result.stderr))
        self.assertEqual([TIDY, TIDY, LOOSE], [path.read_text() for path in paths])
        self.fmt("./c.txt")
        self.assertEqual(TIDY, paths[2].read_text())
        self.assertEqual(["a.lrp", "c.txt", "deep"], sorted(path.name for path in self.folder.iterdir()))

    def test_a_file_that_is_laid_out_is_not_touched(self):
        path = self.write("a.lrp", TIDY)
        os.utime(path, (1, 1))
        before = path.stat()
        self.fmt("a.lrp")
        self.assertEqual((before.st_mtime, before.st_ino), (path.stat().st_mtime, path.stat().st_ino))

    def test_a_file_is_replaced_at_once(self):
        # Whoever has it open goes on reading the old text: it is another file that gets the name.
        path = self.write("a.lrp")
        with open(path) as before:
            self.fmt("a.lrp")
            self.assertEqual(LOOSE, before.read())
        self.assertEqual(TIDY, path.read_text())

    def test_permissions_stay(self):
        for mode in (0o600, 0o664, 0o755):
            path = self.write("a.lrp")
            path.chmod(mode)
            self.fmt("a.lrp")
            self.assertEqual((TIDY, mode), (path.read_text(), stat.S_IMODE(path.stat().st_mode)))

    def test_a_link_stays_a_link(self):
        target = self.write("elsewhere/target.lrp")
        link = self.folder / "link.lrp"
        link.symlink_to("elsewhere/target.lrp")
        self.fmt("link.lrp")
        self.assertTrue(link.is_symlink())
        self.assertEqual(TIDY, target.read_text())

    def test_the_longest_name(self):
        path = self.write("a" * 251 + ".lrp")
        self.fmt(path.name)
        self.assertEqual(TIDY, path.read_text())

    def test_check_writes_nothing_and_names_what_would_change(self):
        a, b = self.write("a.lrp"), self.write("b.lrp", TIDY)
        result = self.fmt("--check", ".", code=1)
        self.assertEqual(("./a.lrp\n", ""), (result.stdout, result.stderr))
        self.assertEqual((LOOSE, TIDY), (a.read_text(), b.read_text()))
        self.assertEqual("", self.fmt("--check", "b.lrp").stdout)
        self.assertEqual("<stdin>\n", self.fmt("--check", "-", code=1, stdin=LOOSE).stdout)
        self.assertEqual("<text>\n", self.fmt("--check", LOOSE, code=1).stdout)
        # A shell's argument has no line end; a file has one.
        self.fmt("--check", TIDY.strip())
        self.fmt("--check", "-", code=1, stdin=TIDY.strip())

    def test_what_does_not_parse_is_left_alone(self):
        texts = {"a.lrp": "warmup   6% then", "b.lrp": "", "c.lrp": 'policy p version 1 { owner "x }', "d.lrp": LOOSE}
        for name, text in texts.items():
            self.write(name, text)
        result = self.fmt(".", code=1)
        for code in ("E0201", "E0003", "E0202"):
            self.assertIn(code, result.stderr)
        self.assertEqual("", result.stdout)
        self.assertEqual({**texts, "d.lrp": TIDY}, {name: (self.folder / name).read_text() for name in texts})
        self.assertIn("E0201", self.fmt("--check", "a.lrp", code=1).stderr)

    def test_a_policy_that_means_nothing_is_laid_out(self):
        # What is checked behind the parser is no matter of layout.
        self.assertEqual("cosine to 5%\n", self.fmt("cosine  to 5 %").stdout)
        self.assertEqual("curve f(u) = u\n", self.fmt("curve f (u)=u").stdout)

    def test_a_share_is_a_share_however_it_is_spaced(self):
        # Behind it `by` begins a clause; behind a name, a factor.
        for text in ("warmup 20 % by 0.5", "hold 0.1 x by 2", "hold 3 by 2"):
            tidy = self.fmt(text).stdout
            self.assertEqual(tidy, self.fmt("-", stdin=tidy).stdout)

    def test_wrong_calls(self):
        self.fmt(code=2)
        self.fmt("--format", "json", "constant", code=2)

    def test_what_cannot_be_read(self):
        self.write("a.lrp")
        for path in ("missing.lrp", "no/such.lrp"):
            self.assertIn("E0004", self.fmt(path, "a.lrp", code=3).stderr)
        self.assertEqual(TIDY, (self.folder / "a.lrp").read_text())
        (self.folder / "empty").mkdir()
        self.assertIn("E0004", self.fmt("empty", code=3).stderr)
        (self.folder / "dangling.lrp").symlink_to("nowhere")
        self.assertIn("E0004", self.fmt(".", code=3).stderr)

    @unittest.skipIf(os.geteuid() == 0, "root may read and write everywhere")
    def test_what_may_not_be_read_or_written(self):
        path = self.write("a.lrp")
        path.chmod(0)
        self.assertIn("E0004", self.fmt("a.lrp", code=3).stderr)
        path.chmod(0o644)
        self.folder.chmod(0o555)
        self.addCleanup(self.folder.chmod, 0o755)
        self.assertIn("`a.lrp` cannot be written", self.fmt("a.lrp", code=3).stderr)
        self.assertEqual(LOOSE, path.read_text())

    def test_limits(self):
        path = self.write("a.lrp", "constant #" + "x" * (1 << 20))
        self.assertIn("E0901", self.fmt("a.lrp", code=4).stderr)
        # Readable as it is, too large as it would be: 60 levels of indentation before every argument.
        text = "min(" * 60 + "constant,\n" * 50_000 + "constant" + ")" * 60
        path.write_text(text)
        self.assertIn("E0901", self.fmt("a.lrp", code=4).stderr)
        self.assertEqual(text, path.read_text())


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
