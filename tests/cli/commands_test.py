#!/usr/bin/env python3
"""What a user types and sees: policy arguments, facts, eval, hash, exit codes.

    commands_test.py LRC
"""
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

LRC = os.path.abspath(sys.argv[1])
ROOT = Path(__file__).resolve().parents[2]
SENTENCE = "warmup 6% linear then cosine to 0.01x"
ONE_LINERS = """
warmup 6% linear then cosine to 0.01x
constant
warmup 2000 steps then hold then cooldown last 20% sqrt to 0
warmup 375M tokens linear then cosine to 0.1x for 260B tokens then hold
linear from 0.001x to 1x for 10% then linear to 0
step by 0.1 every 30 epochs
step by 0.1 at 30, 60, 80 epochs
exponential by 0.95 per epoch
exponential by 0.95 every epoch
polynomial power 2 to 0.001x
warmup 4000 steps then rsqrt
warmup 5 epochs from 0.001x then repeat every 10 epochs growing by 2 { cosine to 0 }
cycle triangular between 0.1x and 1x every 4 epochs
onecycle(peak_at: 30%, start: 0.04x, floor: 0.000004x)
wsd(warmup: 2000 steps, decay: 20%)
min(rsqrt timescale 10K steps, 0.5x)
hold 0.1x for 1 epoch then step to 1x
warmup 2000 steps then hold until 10T tokens then cosine to 0.1x for 4.3T tokens then hold
""".strip().splitlines()


def lrc(*arguments, stdin="", folder=None, environment=None):
    return subprocess.run(
        [LRC, *arguments], text=True, capture_output=True, input=stdin, cwd=folder,
        env=dict(os.environ, **(environment or {})),
    )


def codes(result):
    return [item["code"] for item in json.loads(result.stderr)["diagnostics"]]


class Arguments(unittest.TestCase):
    def test_an_empty_policy_is_a_finding(self):
        result = lrc("check", "", "--format", "json")
        self.assertEqual((1, ["E0003"]), (result.returncode, codes(result)))
        self.assertEqual(["E0003"], codes(lrc("check", "  \n# only a comment\n", "--format", "json")))

    def test_a_missing_file_is_the_environment(self):
        for path in ("missing.lrp", "no/such/thing", "./nowhere"):
            result = lrc("check", path)
            self.assertEqual(3, result.returncode, path)
            self.assertIn("E0004", result.stderr)

    def test_standard_input_and_line_ends(self):
        text = "warmup 10 steps  # linear\n\tthen\r\nhold\n"
        self.assertEqual(lrc("hash", "warmup 10 steps then hold").stdout, lrc("hash", "-", stdin=text).stdout)

    def test_folders_are_searched(self):
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, "deep").mkdir()
            Path(folder, "a.lrp").write_text("constant")
            Path(folder, "deep", "b.lrp").write_text("cosine to 5%")
            Path(folder, "c.txt").write_text("not a policy")
            result = lrc("check", folder, "--format", "json")
            self.assertEqual((1, ["E0102"]), (result.returncode, codes(result)))
            self.assertEqual(1, len(json.loads(result.stdout)["policies"]))
            self.assertEqual(3, lrc("check", folder, "missing.lrp").returncode)  # the highest code wins
            Path(folder, "deep", "b.lrp").write_text("cosine to 5x")
            self.assertEqual(0, lrc("check", folder).returncode)

    def test_text_that_names_an_existing_file_is_that_file(self):
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, "constant").write_text("cosine to 0")
            self.assertEqual(lrc("hash", "cosine to 0").stdout, lrc("hash", "constant", folder=folder).stdout)


class Calls(unittest.TestCase):
    def test_wrong_calls(self):
        wrong = (
            [], ["nonsense"], ["check"], ["eval", "constant", "--peak", "1"],
            ["eval", "constant", "--peak", "1", "--at", "0", "--every", "2"], ["eval", "constant", "--peak", "1", "--at", "-1"],
            ["eval", "constant", "--peak", "1", "--at", "1.5"], ["eval", "constant", "--peak", "1", "--steps", "5..4"],
            ["eval", "constant", "--peak", "many", "--at", "0"], ["eval", "constant", "--set", "x", "--at", "0"],
            ["check", "constant", "--format", "xml"], ["eval", "constant", "--backend", "abacus", "--at", "0"],
        )
        for call in wrong:
            self.assertEqual(2, lrc(*call).returncode, call)

    def test_an_unknown_verb(self):
        result = lrc("explian", "constant")
        self.assertEqual((2, "lrc: no verb is called `explian`\n  did you mean `lrc explain`?\n"),
                         (result.returncode, result.stderr))

    def test_pictures_without_a_run(self):
        # Steps beside positions in %, lengths that fit a share only, values beyond every axis.
        for policy in ("warmup 500 steps then hold until 80% then linear to 0 for 20%",
                       "cosine to 0.5x then cycle triangular between 0.1x and 1x every 8 steps for 20%",
                       "hold then step by 0.1 every 10 steps for 20%",
                       "rsqrt timescale 10 steps for 20% then cosine to 0",
                       "linear from 0.9999999999999999x to 1x",
                       "exponential by 2 every 17 tokens for 1 epoch"):
            for verb in ("plot", "explain"):
                with self.subTest(policy, verb=verb):
                    result = subprocess.run([LRC, verb, policy], capture_output=True, timeout=20)
                    self.assertEqual((0, b""), (result.returncode, result.stderr))

    def test_a_rate_that_nobody_gave_is_asked_for(self):
        result = lrc("explain", "hold for 10 epochs then cosine to 0", "--run", "5000 steps")
        self.assertEqual(1, result.returncode)
        self.assertIn("E0401", result.stderr)

    def test_nothing_stands_behind_the_end(self):
        policy = "linear to 0 for 10 steps, past end error"
        flags = ("--peak", "1", "--format", "json")
        self.assertEqual(0, lrc("eval", policy, *flags, "--at", "9").returncode)
        result = lrc("eval", policy, *flags, "--at", "9,10")
        self.assertEqual((1, "", ["E0507"]), (result.returncode, result.stdout, codes(result)))

    def test_help_and_version(self):
        self.assertEqual(0, lrc("--help").returncode)
        for verb in ("check", "eval", "hash", "compile", "lock", "fmt", "import", "plot", "explain"):
            result = lrc(verb, "--help")
            self.assertEqual(0, result.returncode)
            self.assertIn("Example", result.stdout, verb)
        version = lrc("--version").stdout
        self.assertIn("hash version lrc1", version)
        self.assertIn("interp", version)

    def test_a_full_disk_is_reported(self):
        calls = (["check", "constant"], ["hash", "constant"], ["eval", "constant", "--peak", "1", "--at", "0"],
                 ["plot", "constant"], ["explain", "constant"], ["explain", "E0102"], ["compile", "constant"], ["fmt", "constant"],
                 ["--version"], ["--help"], ["check", "--help"])
        for call in calls:
            with self.subTest(call), open("/dev/full", "w") as full:
                result = subprocess.run([LRC, *call], stdout=full, stderr=subprocess.PIPE, text=True)
                self.assertEqual(3, result.returncode)
                self.assertIn("No space left", result.stderr)

    def test_a_finding_that_cannot_be_written_is_not_lost(self):
        # Exit 1 says that a finding was shown. Here it was not, and the exit code alone can say so.
        mistake = "cosine to 5%"
        calls = (["check", mistake], ["check", mistake, "--format", "json"], ["compile", mistake], ["plot", mistake],
                 ["hash", mistake], ["eval", "constant", "--at", "0"])
        for call in calls:
            with self.subTest(call), open("/dev/full", "w") as full:
                result = subprocess.run([LRC, *call], stdout=subprocess.DEVNULL, stderr=full)
                self.assertEqual(3, result.returncode)

    def test_a_closed_pipe_ends_quietly(self):
        command = f"{LRC} eval constant --peak 1 --steps 0..2000000 --format csv | head -1"
        result = subprocess.run(["bash", "-c", command + "; echo ${PIPESTATUS[0]}"], text=True, capture_output=True)
        self.assertEqual("step,lr\n0\n", result.stdout)
        self.assertEqual("", result.stderr)


class Sentences(unittest.TestCase):
    def test_every_one_liner_compiles_and_evaluates(self):
        facts = ["--run", "14.8T tokens", "--peak", "3e-4", "--batch", "15360 samples",
                 "--rate", "1 sample = 4096 tokens", "--rate", "1 epoch = 1_281_167 samples"]
        for sentence in ONE_LINERS:
            self.assertEqual(0, lrc("check", sentence).returncode, sentence)
            result = lrc("eval", sentence, *facts, "--at", "0,1000,200000,300000", "--format", "csv")
            self.assertEqual(0, result.returncode, sentence + result.stderr)
            self.assertEqual(5, len(result.stdout.splitlines()))

    def test_needs(self):
        expected = {
            SENTENCE: ["run", "peak"],
            "constant": ["peak"],
            "hold 0.1": [],
            "warmup 4000 steps then rsqrt": ["peak"],
            "warmup 5 epochs then hold": ["peak", "1 epoch = …"],
            "warmup 1M tokens then hold": ["peak", "batch", "1 sample = … tokens"],
            "policy p version 1 { batch 8 samples per step lr = warmup 1M tokens then hold }": ["peak", "1 sample = … tokens"],
            "policy p version 1 { run 10 steps peak 1 lr = cosine to 0 }": [],
        }
        for policy, needs in expected.items():
            found = json.loads(lrc("check", policy, "--format", "json").stdout)["policies"][0]["needs"]
            self.assertEqual(needs, found, policy)


class Hash(unittest.TestCase):
    def test_the_canonical_text_has_the_digits(self):
        for sentence in ONE_LINERS:
            text = lrc("hash", "--canonical", sentence).stdout
            self.assertTrue(text.endswith("\n") and not text.endswith("\n\n"))
            self.assertEqual("lrc1:" + hashlib.sha256(text.encode()).hexdigest() + "\n", lrc("hash", sentence).stdout)


class Facts(unittest.TestCase):
    def evaluate(self, policy, *flags):
        return lrc("eval", policy, *flags, "--at", "0", "--format", "json")

    def test_a_missing_fact_names_flag_and_declaration(self):
        result = lrc("eval", "policy p version 1 {\n  lr = warmup 6% then hold\n}", "--peak", "1", "--at", "0")
        self.assertEqual(1, result.returncode)
        for part in ("E0401", "2:15", "--run '100K steps'", "run 100K steps"):
            self.assertIn(part, result.stderr)
        self.assertEqual(["E0401"], codes(self.evaluate("hold 0.5x", "--run", "10 steps")))
        self.assertEqual(["E0401"], codes(self.evaluate("warmup 1 epoch then hold", "--peak", "1")))

    def test_only_what_an_output_depends_on_is_needed(self):
        policy = "policy p version 1 { lr = cosine to 0 weight_decay = 0.1 }"
        result = lrc("eval", policy, "--at", "0", "--output", "weight_decay", "--format", "csv")
        self.assertEqual("step,weight_decay\n0,0.1\n", result.stdout)
        self.assertEqual(1, self.evaluate(policy).returncode)

    def test_the_same_fact_twice(self):
        policy = "policy p version 1 { run 1000 steps peak 3e-4 batch 8 samples per step 1 epoch = 100 steps lr = cosine to 0 }"
        same = ["--run", "1e3 steps", "--peak", "0.0003", "--batch", "8 samples", "--rate", "1 epoch = 100 steps"]
        self.assertEqual(0, self.evaluate(policy, *same).returncode)
        self.assertEqual(0, self.evaluate(policy, "--run", "10 epochs").returncode)
        for flags in (["--run", "999 steps"], ["--peak", "3e-3"], ["--batch", "9 samples"], ["--rate", "1 epoch = 99 steps"]):
            result = self.evaluate(policy, *flags)
            self.assertEqual((1, ["E0402"]), (result.returncode, codes(result)), flags)
            labels = json.loads(result.stderr)["diagnostics"][0]["labels"]
            self.assertEqual({"<text>", flags[0]}, {label["file"] for label in labels})
        self.assertEqual(["E0403"], codes(self.evaluate(policy, "--rate", "1 epoch = 50 samples")))

    def test_the_same_flag_twice(self):
        once = ["--run", "1K steps", "--peak", "3e-4", "--batch", "8 samples", "--rate", "1 epoch = 100 steps"]
        again = ["--run", "1000.0 steps", "--run", "10 epochs", "--peak", "0.0003", "--batch", "8 samples", "--rate", "2 epochs = 200 steps"]
        first, second = self.evaluate(SENTENCE, *once), self.evaluate(SENTENCE, *once, *again)
        self.assertEqual((0, first.stdout), (second.returncode, second.stdout), second.stderr)
        for flags in (["--run", "999 steps"], ["--peak", "1"], ["--batch", "9 samples"], ["--rate", "1 epoch = 99 steps"]):
            result = self.evaluate(SENTENCE, *once, *flags)
            self.assertEqual((1, ["E0402"]), (result.returncode, codes(result)), flags)

    def test_parameters(self):
        policy = "policy p version 1 { param low: x = 0.1x in 0.01x .. 0.5x peak 1 lr = hold low }"
        value = lambda *flags: json.loads(self.evaluate(policy, *flags).stdout)["rows"][0]["lr"]
        self.assertEqual((0.1, 0.5), (value(), value("--set", "low=0.5x")))
        self.assertEqual(["E0404"], codes(self.evaluate(policy, "--set", "low=0.6x")))
        self.assertEqual(["E0405"], codes(self.evaluate(policy, "--set", "high=0.2x")))
        self.assertEqual(["E0402"], codes(self.evaluate(policy, "--set", "low=0.2x", "--set", "low=0.3x")))
        self.assertEqual(2, self.evaluate(policy, "--set", "low=20%").returncode)
        self.assertEqual(0.5, value("--set", " low = 0.5x"))

    def test_parameters_without_a_value(self):
        policy = "policy p version 1 { param low: x in 0.1x .. 0.5x peak 1 lr = hold low momentum = 0.9 }"
        self.assertEqual(["E0401"], codes(self.evaluate(policy)))
        self.assertEqual(0, self.evaluate(policy, "--output", "momentum").returncode)
        self.assertEqual(["E0404"], codes(self.evaluate(policy, "--set", "low=0.6x")))
        # A bound that binary64 rounds is still inside: 3e-4 in seventeen digits.
        tuned = "policy p version 1 { param peak: rate in 3e-4 .. 1e-3 lr = constant }"
        self.assertEqual(0, self.evaluate(tuned, "--set", "peak=0.00029999999999999997").returncode)
        drawn = lrc("plot", policy)
        self.assertIn("no low: assumed 0.1x; `--set low=…` gives yours", drawn.stdout)

    def test_a_batch_may_say_per_step(self):
        call = ("eval", "warmup 8 samples then hold", "--peak", "1", "--at", "0", "--batch")
        self.assertEqual(lrc(*call, "4 samples").stdout, lrc(*call, "4 samples per step").stdout)

    def test_a_group_brings_its_own_needs(self):
        policy = 'policy p version 1 { lr = hold group a matches "a" { lr = linear to 0 } }'
        self.assertEqual(0, self.evaluate(policy, "--peak", "1").returncode)
        self.assertEqual(["E0401"], codes(self.evaluate(policy, "--peak", "1", "--group", "a")))

    def test_flags_change_the_run_hash_only(self):
        a = json.loads(self.evaluate(SENTENCE, "--run", "1K steps", "--peak", "3e-4").stdout)
        b = json.loads(self.evaluate(SENTENCE, "--run", "1000.0 steps", "--peak", "0.0003").stdout)
        c = json.loads(self.evaluate(SENTENCE, "--run", "1001 steps", "--peak", "3e-4").stdout)
        self.assertEqual(a, b)
        self.assertEqual(a["hash"], c["hash"])
        self.assertNotEqual(a["run_hash"], c["run_hash"])


class Simulate(unittest.TestCase):
    POLICY = """policy p version 1 {
  peak 1
  lr = constant
  momentum = 0.9
  on threshold of loss above 2 { lr by 0.5 for 2 steps }
  on nonfinite loss, norm { momentum by 0.1, at most 1 times }
}
"""

    def simulate(self, metrics, *flags, policy=POLICY):
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, "m.csv").write_text(metrics)
            return lrc("simulate", policy, "--metrics", "m.csv", *flags, folder=folder)

    def test_formats(self):
        metrics = "loss,norm\n1,1\n3,\nnan,inf\n"
        self.assertEqual("step,lr,momentum\n0,1,0.9\n1,1,0.9\n2,0.5,0.9\n", self.simulate(metrics, "--format", "csv").stdout)
        found = json.loads(self.simulate(metrics, "--format", "json").stdout)
        self.assertEqual([[1], [2]], found["fired"])
        self.assertEqual({"step": 2, "lr": 0.5, "momentum": 0.9}, found["rows"][2])
        text = self.simulate(metrics).stdout
        for part in ("on threshold of loss above 2 { lr by 0.5 for 2 steps }\n  fired after update 1\n",
                     "`loss` was not finite after update 2\n", "`norm` was not finite after update 2\n"):
            self.assertIn(part, text)

    def test_without_observations_it_is_eval(self):
        rest = self.simulate("loss\n" + "1\n" * 5, "--format", "csv").stdout
        self.assertEqual(lrc("eval", self.POLICY, "--steps", "0..4", "--format", "csv").stdout, rest)

    def test_explain_lists_the_rules(self):
        rules = json.loads(lrc("explain", self.POLICY, "--format", "json").stdout)["rules"]
        self.assertEqual("on nonfinite loss, norm { momentum by 0.1, at most 1 times }", rules[1])
        text = lrc("explain", self.POLICY).stdout
        self.assertIn("on threshold of loss above 2 { lr by 0.5 for 2 steps }\n", text)
        self.assertIn("rules are at rest in what is shown above", text)

    def test_columns(self):
        csv = lambda text, *flags: self.simulate(text, "--format", "csv", *flags).stdout
        # Cells and columns in any order, steps that leave some out, a column that nobody asks for.
        self.assertEqual("step,lr,momentum\n3,1,0.9\n6,1,0.9\n7,0.5,0.9\n9,1,0.09000000000000001\n",
                         csv("lr,norm,step,loss\r\n9, 1 ,3,1\r\n9,,6,3\r\n9,nan,7,\r\n9,1,9,1\r\n"))
        self.assertEqual("step,lr\n0,1\n1,0.5\n", csv("metric\n3\n1\n", "--output", "lr"))
        self.assertIn("`norm` has no column", self.simulate("loss\n1\n").stdout)

    def test_what_is_no_file_of_metrics(self):
        for text, why in (("", "no line with"), ("los\n1\n", "no column for loss, norm"), ("metric\n1\n", "could be any of loss, norm"),
                          ("loss\none\n", "`one` in line 2"), ("loss\n1,2\n", "2 cells under 1"),
                          ("step,loss\n4,1\n4,1\n", "comes after 4"), ("step,loss\n-1,1\n", "no update"), ("loss\n1e999\n", "no number")):
            result = self.simulate(text)
            self.assertEqual(2, result.returncode, text)
            self.assertIn("E0707", result.stderr)
            self.assertIn(why, result.stderr)
        self.assertEqual(3, lrc("simulate", self.POLICY, "--metrics", "no/such.csv").returncode)


class Eval(unittest.TestCase):
    def test_formats(self):
        call = ["eval", "hold 0.5x", "--peak", "3e-4", "--at", "0,7"]
        self.assertEqual("step,lr\n0,0.00015\n7,0.00015\n", lrc(*call, "--format", "csv").stdout)
        document = json.loads(lrc(*call, "--format", "json").stdout)
        self.assertEqual(["policy", "hash", "run_hash", "rows"], list(document))
        self.assertEqual([{"step": 0, "lr": 0.00015}, {"step": 7, "lr": 0.00015}], document["rows"])
        self.assertIsNone(document["policy"])

    def test_positions(self):
        steps = lambda *flags: [row.split(",")[0] for row in lrc(
            "eval", "constant", "--peak", "1", "--run", "10 steps", *flags, "--format", "csv").stdout.splitlines()[1:]]
        self.assertEqual(["0", "3", "6", "9"], steps("--every", "3"))
        self.assertEqual(["0", "5"], steps("--every", "5"))
        self.assertEqual(["8", "9", "10", "11"], steps("--steps", "8..11"))
        self.assertEqual(["9223372036854775807"], steps("--at", "9223372036854775807"))

    def test_groups_and_outputs(self):
        policy = """policy p version 1 { peak 1 momentum = 0.9 lr = constant
          group slow matches "a*" { lr by 0.5 } group fixed matches "b*" { momentum = 0.5 } clamp lr to 0 .. 0.25 }"""
        rows = lambda *flags: lrc("eval", policy, "--at", "0", "--format", "csv", *flags).stdout
        self.assertEqual("step,momentum,lr\n0,0.9,0.25\n", rows())
        self.assertEqual("step,lr\n0,0.25\n", rows("--output", "lr", "--group", "slow"))
        self.assertEqual("step,lr,momentum\n0,0.25,0.5\n", rows("--output", "lr", "--output", "momentum", "--group", "fixed"))
        self.assertEqual(1, lrc("eval", policy, "--at", "0", "--group", "other").returncode)

    def test_the_locale_changes_nothing(self):
        for locale in ("de_DE.UTF-8", "C", "tr_TR.UTF-8"):
            result = lrc("eval", "hold 0.5x", "--peak", "0.25", "--at", "0", "--format", "csv", environment={"LC_ALL": locale})
            self.assertEqual("step,lr\n0,0.125\n", result.stdout)

    def test_no_color_without_a_terminal(self):
        self.assertNotIn("\x1b", lrc("check", "cosine to 5%").stderr)

    def test_strict_and_json_shape(self):
        item = json.loads(lrc("check", "cosine to 5%", "--format", "json").stderr)["diagnostics"][0]
        self.assertEqual(["code", "severity", "message", "file", "line", "column", "end_line", "end_column",
                          "labels", "reason", "fix"], list(item))
        self.assertEqual((1, 11, 1, 13), (item["line"], item["column"], item["end_line"], item["end_column"]))

    def test_every_name_of_the_library_has_a_page_with_a_plot(self):
        modules = {"functions", "presets", "schedules", "shapes"}
        defined = re.compile(r"^(?:curve|schedule) (\w+)", re.MULTILINE)
        names = {name for module in modules for name in defined.findall((ROOT / "stdlib" / f"{module}.lrp").read_text())}
        self.assertLessEqual({"cosine", "wsd", "onecycle", "sgdr", "noam", "infinite", "power_law", "exp"}, names)
        for name in sorted(names):
            with self.subTest(name):
                shown = lrc("explain", "--name", name).stdout
                comment, definition, plot = re.fullmatch(r"(.+?)\n\n((?:  .*\n)+)\n(.+)", shown, re.DOTALL).groups()
                self.assertRegex(definition, rf"^  (curve|schedule) {name}\(")
                self.assertIn(comment.split("\n")[0], "".join((ROOT / "stdlib" / f"{module}.lrp").read_text() for module in modules))
                self.assertIn("┤", plot)
        for module in sorted(modules):
            with self.subTest(module):
                self.assertIn("It defines ", lrc("explain", "--name", module).stdout)

    def test_a_name_that_the_library_lacks(self):
        result = lrc("explain", "--name", "cosin")
        self.assertEqual((2, ""), (result.returncode, result.stdout))
        self.assertIn("did you mean `cosine`?", result.stderr)

    def test_products_in_json(self):
        document = json.loads(lrc("hash", "constant", "--canonical", "--format", "json").stdout)["policies"][0]
        self.assertEqual((None, None, None), (document["policy"], document["version"], document["file"]))
        self.assertEqual("lrc1:" + hashlib.sha256(document["canonical"].encode()).hexdigest(), document["hash"])
        page = json.loads(lrc("explain", "E0102", "--format", "json").stdout)
        self.assertEqual(("E0102", lrc("explain", "E0102").stdout), (page["code"], page["page"]))

    def test_a_text_full_of_mistakes_is_shown_as_far_as_one_reads(self):
        policy = " then ".join(["hold 1%"] * 250)
        self.assertEqual(250, len(codes(lrc("check", policy, "--format", "json"))))
        human = lrc("check", policy).stderr
        self.assertEqual(100, human.count("error[E0102]"))
        self.assertIn("150 more findings in <text>; `--format json` lists all", human)

    def test_columns_count_code_points(self):
        policy = 'policy p version 1 { owner "Zoë" lr = cosine to 5% }'
        item = json.loads(lrc("check", policy, "--format", "json").stderr)["diagnostics"][0]
        self.assertEqual(policy.index("5%") + 1, item["column"])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
