"""`use NAME` and `from P at step N`: files are found in the policy's own folder and below it, and
nowhere else."""

import math
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


class Files(unittest.TestCase):
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


class Modules(Files):
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


PRETRAIN = """policy pretrain version 1 {
  peak 3e-4
  run 1M steps
  lr = warmup 2000 steps then cosine to 0.1x
  on nonfinite loss { lr by 0.5 for 10 steps }
}
"""
ANNEAL = """policy anneal version 1 {
  run 50K steps
  lr = linear from pretrain at step 928_646 to 0
}
"""


class Branches(Files):
    """`from P at step N`: a level computed from P.lrp."""

    def setUp(self):
        super().setUp()
        self.write("p.lrp", ANNEAL)

    def value(self):
        result = self.lrc("eval", "p.lrp", "--at", "0", "--format", "csv")
        self.assertEqual("", result.stderr)
        return float(result.stdout.split()[1].split(",")[1])

    def refused(self, reason):
        result = self.lrc("check", "p.lrp")
        self.assertEqual(1, result.returncode)
        self.assertIn("error[E0207]", result.stderr)
        self.assertIn(reason, result.stderr)

    def test_what_the_update_uses(self):
        self.write("runs/pretrain.lrp", PRETRAIN)
        progress = (928_646 - 2000) / 998_000
        cosine = (1 - math.cos(math.pi * progress)) / 2
        self.assertAlmostEqual(1, self.value() / (3e-4 * (1 - 0.9 * cosine)), delta=1e-14)

    def test_how_the_other_policy_says_it_is_no_meaning(self):
        self.write("pretrain.lrp", PRETRAIN)
        before = self.lrc("hash", "p.lrp").stdout
        self.write("pretrain.lrp", PRETRAIN.replace("2000 steps", "0.2%").replace("version 1", "version 2"))
        self.assertEqual(before, self.lrc("hash", "p.lrp").stdout)
        self.write("pretrain.lrp", PRETRAIN.replace("0.1x", "0.11x"))
        self.assertNotEqual(before, self.lrc("hash", "p.lrp").stdout)

    def test_branches_of_branches(self):
        self.write("pretrain.lrp", PRETRAIN.replace("cosine to 0.1x", "linear from other at step 5 to 0"))
        self.write("other.lrp", "policy other version 1 { lr = 0.25 }")
        self.assertAlmostEqual(0.25 * (1_000_000 - 928_646) / 998_000, self.value(), delta=1e-16)

    def test_refused(self):
        self.refused("there is no `pretrain.lrp`")
        self.write("pretrain.lrp", PRETRAIN.replace("  peak 3e-4\n", ""))
        self.refused("does not say all that its values depend on: `warmup` has no value without the peak")
        self.write("pretrain.lrp", PRETRAIN.replace("pretrain", "training"))
        self.refused("is not a policy of the name `pretrain`")
        self.write("pretrain.lrp", PRETRAIN.replace("cosine to 0.1x", "cosine to 0.1x, past end error")
                   .replace("1M steps", "900K steps"))
        self.refused("has no value behind update 899999")
        self.write("pretrain.lrp", PRETRAIN.replace("cosine", "cosin"))
        self.refused("does not compile: ")
        self.write("pretrain.lrp", "policy pretrain version 1 { momentum = 0.9 }")
        self.refused("`pretrain` has no output `lr`")

    def test_rings_and_depth(self):
        self.write("pretrain.lrp", PRETRAIN.replace("0.1x", "pretrain at step 1"))
        self.refused("`pretrain` does not compile")

        def chain(length):
            for i in range(length):
                level = f"p{i + 1} at step 1" if i + 1 < length else "0.5"
                self.write(f"p{i}.lrp", f"policy p{i} version 1 {{ lr = {level} }}")
            self.write("p.lrp", "policy anneal version 1 { lr = p0 at step 0 }")

        chain(8)
        self.assertEqual(0.5, self.value())
        chain(9)
        self.refused("does not compile")


if __name__ == "__main__":
    unittest.main()
