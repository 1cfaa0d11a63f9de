"""`use NAME`: modules are found in the policy's own folder and below it, and nowhere else."""

import os
import subprocess
import sys
import tempfile
import unittest

LRC = os.path.abspath(sys.argv.pop(1))

POLICY = """use our_shapes
policy p version 1 {
  peak 1
  run 10 steps
  lr = warmup short then bend(2) to 0
}
"""
SHAPES = """use our_lengths
curve bend(u, p) = 1 - (1 - u) ^ p
"""
LENGTHS = "let short = 4 steps\n"


class Modules(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.write("p.lrp", POLICY)

    def write(self, name, text):
        path = os.path.join(self.folder.name, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as file:
            file.write(text)

    def lrc(self, *arguments):
        return subprocess.run([LRC, *arguments], cwd=self.folder.name, text=True, capture_output=True)

    def refused(self, reason):
        result = self.lrc("check", "p.lrp")
        self.assertEqual(1, result.returncode)
        self.assertIn("error[E0206]", result.stderr)
        self.assertIn(reason, result.stderr)

    def test_modules_use_modules(self):
        self.write("shapes/our_shapes.lrp", SHAPES)
        self.write("our_lengths.lrp", LENGTHS)
        result = self.lrc("eval", "p.lrp", "--at", "0,4,7,10", "--format", "csv")
        self.assertEqual(["0,0.25", "4,1", "7,0.25", "10,0"], result.stdout.split()[1:], result.stderr)

    def test_what_a_module_is_called_is_no_meaning(self):
        self.write("our_shapes.lrp", SHAPES)
        self.write("our_lengths.lrp", LENGTHS)
        inline = LENGTHS + SHAPES.partition("\n")[2] + POLICY.partition("\n")[2]
        self.write("q.lrp", inline)
        self.assertEqual(self.lrc("hash", "p.lrp").stdout, self.lrc("hash", "q.lrp").stdout)

    def test_not_above_the_folder(self):
        self.write("below/p.lrp", POLICY)
        self.write("our_shapes.lrp", LENGTHS)
        result = self.lrc("check", "below/p.lrp")
        self.assertEqual(1, result.returncode)
        self.assertIn("there is no `our_shapes.lrp`", result.stderr)

    def test_two_of_one_name(self):
        self.write("a/our_shapes.lrp", SHAPES)
        self.write("b/our_shapes.lrp", SHAPES)
        self.refused("are called so")

    def test_a_text_has_no_folder(self):
        result = self.lrc("check", POLICY)
        self.assertEqual(1, result.returncode)
        self.assertIn("a text has no folder", result.stderr)

    def test_rings_of_modules_are_read_once(self):
        self.write("our_shapes.lrp", SHAPES)
        self.write("our_lengths.lrp", "use our_shapes\n" + LENGTHS)
        self.assertEqual(0, self.lrc("check", "p.lrp").returncode)

    def test_a_mistake_in_a_module_is_shown_there(self):
        self.write("our_shapes.lrp", "curve bend(u, p) = 1 - (1 - v) ^ p\n")
        result = self.lrc("check", "p.lrp")
        self.assertEqual(1, result.returncode)
        self.assertIn("our_shapes.lrp:1:", result.stderr)


if __name__ == "__main__":
    unittest.main()
