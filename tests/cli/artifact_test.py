#!/usr/bin/env python3
"""policy.lrpc as a user sees it: what `lrc compile -o` writes, and what other verbs make of it.

    artifact_test.py LRC TESTS EXAMPLES…
"""
import hashlib
import json
import os
import re
import shlex
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

LRC = os.path.abspath(sys.argv[1])
FOLDERS = [Path(folder) for folder in sys.argv[2:]]
SENTENCE = "warmup 6% linear then cosine to 0.01x"
FACTS = ["--run", "100K steps", "--peak", "3e-4"]
STEPS = "0,1,5,99,100,101,5999,6000,99999,1000000,9223372036854775807"


def lrc(*arguments, folder=None, stdin=None):
    return subprocess.run([LRC, *map(str, arguments)], text=True, capture_output=True, cwd=folder, input=stdin)


def has_emit():
    return "not found" not in lrc("--version").stdout and lrc(
        "compile", "constant", "--peak", "1", "--target", "x86-64", "-o", os.devnull).returncode == 0


def policies():
    """Every good policy that there is, with the facts that its golden gives."""
    for folder in FOLDERS:
        for path in sorted(folder.rglob("*.lrp")):
            want = path.with_suffix(".want")
            text = want.read_text() if want.exists() else ""
            flags = re.search(r"^--- flags\n(.*?)(?=^--- |\Z)", text, re.MULTILINE | re.DOTALL)
            yield path, shlex.split(flags[1]) if flags else []


class Artifact(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="lrc_artifact_")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.path = self.folder / "policy.lrpc"

    def compiled(self, *call, path=None):
        result = lrc("compile", *call, "-o", path or self.path)
        self.assertEqual((0, "", ""), (result.returncode, result.stdout, result.stderr))
        return (path or self.path).read_bytes()

    def fails(self, code, text, *call):
        result = lrc(*call)
        self.assertEqual(code, result.returncode, result.stderr)
        self.assertEqual("", result.stdout)
        self.assertIn(text, result.stderr)

    def manifest(self, data):
        offset, size = (int.from_bytes(data[at:at + 8], "little") for at in (72, 80))  # the table's first row
        return json.loads(data[offset:offset + size])

    def test_the_same_bytes_from_anywhere(self):
        policy = self.folder / "a.lrp"
        policy.write_text(SENTENCE + "\n")
        one = self.compiled(policy, *FACTS)
        elsewhere = self.folder / "elsewhere"
        elsewhere.mkdir()
        (elsewhere / "b.lrp").write_text("# said differently\n" + SENTENCE.replace(" then", "\n  then"))
        result = lrc("compile", "b.lrp", *FACTS, "-o", "c.lrpc", folder=elsewhere)
        self.assertEqual(0, result.returncode, result.stderr)
        self.assertEqual(one, (elsewhere / "c.lrpc").read_bytes())
        self.assertEqual(one, self.compiled(policy, *FACTS))

    def test_what_docs_say_of_the_file(self):
        """Read by hand, as docs/artifact.md describes it."""
        data = self.compiled(SENTENCE, *FACTS)
        self.assertEqual(b"\x89LRPC\r\n\x1a", data[:8])
        number = lambda at, size: int.from_bytes(data[at:at + size], "little")
        self.assertEqual((1, 3, len(data)), (number(8, 4), number(12, 4), number(16, 8)))
        self.assertEqual(hashlib.sha256(data[:32] + data[64:]).digest(), data[32:64])
        rows = [(number(row, 4), number(row + 8, 8), number(row + 16, 8)) for row in (64, 192, 320)]
        self.assertEqual([1, 2, 3], [kind for kind, _, _ in rows])
        self.assertTrue(all(offset % 64 == 0 for _, offset, _ in rows))
        manifest, canonical, _ = (data[offset:offset + size] for _, offset, size in rows)
        self.assertEqual("lrc1:" + hashlib.sha256(canonical).hexdigest(), json.loads(manifest)["hash"])
        self.assertEqual(lrc("hash", "--canonical", SENTENCE).stdout, canonical.decode())

    def test_the_manifest(self):
        policy = self.folder / "p.lrp"
        policy.write_text("""policy named version 3 {
          run 100 steps
          peak 1
          lr = cosine to 0x
          weight_decay = 0.1
          group norms matches "*norm*" { weight_decay = 0 }
          on spike of loss above 4 times its mean over 10 steps { lr by 0.5 for 3 steps }
        }""")
        result = lrc("check", policy)
        self.assertEqual(0, result.returncode, result.stderr)
        manifest = self.manifest(self.compiled(policy))
        self.assertEqual(sorted(manifest), list(manifest))
        self.assertEqual(("named", 3, [], ["lr", "weight_decay"], 100), tuple(
            manifest[key] for key in ("policy", "version", "needs", "outputs", "updates")))
        self.assertEqual([{"name": "norms", "patterns": ["*norm*"]}], manifest["groups"])
        self.assertEqual([("lr", []), ("weight_decay", []), ("lr", ["norms"]), ("weight_decay", ["norms"])],
                         [(slot["output"], slot["groups"]) for slot in manifest["slots"]])
        self.assertEqual(["loss"], manifest["metrics"])
        layout = ["metric loss", "rule spike 10", "reaction"]
        self.assertEqual(layout, manifest["state"]["layout"])
        self.assertEqual(hashlib.sha256(("\n".join(layout) + "\n").encode()).hexdigest(), manifest["state"]["hash"])

    def test_without_facts_it_names_them(self):
        manifest = self.manifest(self.compiled(SENTENCE))
        self.assertEqual(["run", "peak"], manifest["needs"])
        self.assertNotIn("run_hash", manifest)
        self.assertEqual(f"{self.path}: fine; needs: run, peak\n", lrc("check", self.path).stdout)
        self.fails(1, "still needs: run, peak", "eval", self.path, "--at", "0")
        self.fails(1, "E0401", "compile", SENTENCE, "--peak", "1", "-o", self.folder / "half.lrpc")
        self.assertFalse((self.folder / "half.lrpc").exists())

    def test_every_policy_gives_its_values(self):
        bound = 0
        for path, flags in policies():
            with self.subTest(policy=path):
                result = lrc("compile", path, *flags, "-o", self.path)
                if result.returncode != 0:  # a good policy without its facts, or one that is a finding with them
                    self.assertTrue(flags, result.stderr)
                    continue
                self.assertEqual(lrc("hash", path).stdout, lrc("hash", self.path).stdout)
                if "needs nothing" not in lrc("check", self.path).stdout:
                    continue
                bound += 1
                expected = lrc("eval", path, *flags, "--at", STEPS, "--format", "json")
                result = lrc("eval", self.path, "--at", STEPS, "--format", "json")
                self.assertEqual((expected.returncode, expected.stdout), (result.returncode, result.stdout), result.stderr)
        self.assertGreater(bound, 50)

    def test_code_for_this_machine_gives_the_same_values(self):
        if not has_emit():
            self.skipTest("this build has no library that emits code")
        self.compiled(SENTENCE, *FACTS, "--target", "x86-64")
        self.assertEqual(f"{self.path}: fine; needs nothing; code for x86-64\n", lrc("check", self.path).stdout)
        values = lrc("eval", self.path, "--at", STEPS).stdout
        self.assertEqual(values, lrc("eval", SENTENCE, *FACTS, "--at", STEPS).stdout)
        self.assertEqual(values, lrc("eval", self.path, "--at", STEPS, "--backend", "jit").stdout)

    def test_code_for_others_is_deterministic(self):
        if not has_emit():
            self.skipTest("this build has no library that emits code")
        targets = "x86-64-v3,aarch64,sm_90"
        one = self.compiled(SENTENCE, *FACTS, "--target", targets)
        other = self.compiled(SENTENCE, *FACTS, "--target", ",".join(reversed(targets.split(","))))
        self.assertEqual(one, other)
        self.assertIn(b".visible .func lrc_values(", one)  # PTX, whatever the policy is called

    def test_names_are_for_emitted_code(self):
        self.fails(2, "--name", "compile", SENTENCE, *FACTS, "-o", self.path, "--name", "mine")

    def test_eval_chooses(self):
        policy = self.folder / "p.lrp"
        policy.write_text('policy p version 1 { run 9 steps peak 1 lr = constant weight_decay = 0.5 '
                          'group norms matches "*norm*" { weight_decay = 0 } }')
        self.compiled(policy)
        for call in (["--at", "3", "--output", "weight_decay", "--group", "norms"], ["--every", "4"], ["--steps", "2..4"]):
            self.assertEqual(lrc("eval", policy, *call).stdout, lrc("eval", self.path, *call).stdout)
        self.fails(1, "no output `x`", "eval", self.path, "--at", "0", "--output", "x")
        self.fails(1, "no group `x`", "eval", self.path, "--at", "0", "--group", "x")
        self.fails(2, "bound to its facts already", "eval", self.path, "--at", "0", "--peak", "2")

    def test_values_for_the_parameters_of_a_model(self):
        policy = self.folder / "p.lrp"
        policy.write_text('policy p version 1 { run 9 steps peak 1 lr = constant '
                          'group norms matches "*norm*" { lr by 0.5 } group layers matches "layers.*" { lr by 0.25 } }')
        names = self.folder / "names.txt"
        names.write_text("head.weight\nlayers.0.norm\nlayers.1.norm\nlayers.1.weight\n")
        manifest = self.manifest(self.compiled(policy, "--parameters", names))
        self.assertEqual([[], ["norms", "layers"], ["layers"]], [slot["groups"] for slot in manifest["slots"]])
        self.assertEqual("step,lr\n0,0.25\n", lrc("eval", self.path, "--at", "0", "--group", "layers", "--format", "csv").stdout)
        self.fails(2, "no values for group `norms` alone", "eval", self.path, "--at", "0", "--group", "norms")
        names.write_text("layers.0.norm")
        self.compiled(policy, "--parameters", names)
        names.write_text("head.weight")
        self.fails(2, "group norms", "compile", policy, "--parameters", names, "-o", self.path)
        self.fails(3, "cannot be read", "compile", policy, "--parameters", self.folder / "none", "-o", self.path)

    def test_what_is_no_artifact_is_never_garbage(self):
        data = self.compiled(SENTENCE, *FACTS)
        for verb in (["check"], ["hash"], ["eval", "--at", "0"]):
            for text, content in (("the artifact is empty", b""), ("the artifact is cut", data[:-1]),
                                  ("was changed after", data[:-1] + b"\1"), ("not an artifact of lrc", b"constant")):
                self.path.write_bytes(content)
                self.fails(3, text, verb[0], self.path, *verb[1:])
            self.fails(3, "No such file", verb[0], "missing.lrpc", *verb[1:])

    def test_verbs_that_need_the_policy_say_so(self):
        self.compiled(SENTENCE, *FACTS, path=self.folder / "renamed")
        for verb in ("plot", "explain", "compile", "fmt", "test", "prove", "lock"):
            self.fails(3, "is an artifact, where a policy belongs", verb, self.folder / "renamed")

    def test_a_finding_writes_nothing(self):
        refuted = self.folder / "refuted.lrp"
        refuted.write_text("policy p version 1 { run 10 steps peak 1 lr = constant prove lr <= 0.5x }")
        result = lrc("compile", refuted, "-o", self.path)
        self.assertNotEqual(0, result.returncode)
        self.assertFalse(self.path.exists())
        self.fails(3, "cannot be written", "compile", "constant", "-o", self.folder / "no" / "folder.lrpc")
        self.fails(2, "an artifact has no target `z80`", "compile", SENTENCE, *FACTS, "--target", "z80", "-o", self.path)

    def test_an_artifact_is_replaced_at_once(self):
        self.path.write_bytes(b"old")
        other = self.folder / "link"
        os.link(self.path, other)
        self.compiled(SENTENCE)
        self.assertEqual(b"old", other.read_bytes())
        self.assertEqual(["link", "policy.lrpc"], sorted(os.listdir(self.folder)))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)  # with the reason of a skip
