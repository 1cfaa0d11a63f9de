"""`lrc compile` and `lrc lock` as a user runs them: python3 commands_test.py path/to/lrc"""

import json
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

LRC = ""


def policy(name="p", version=1, lr="warmup 6% linear then cosine to 0.01x", rest=""):
    return f"policy {name} version {version} {{\n  lr = {lr}\n  {rest}\n}}\n"


class Commands(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="lrc_lock_")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name).resolve()
        self.lock_file = self.folder / "lrc.lock"

    def write(self, path, text):
        path = self.folder / path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def lrc(self, *arguments, code=0, cwd=None, stdin=None):
        done = subprocess.run([LRC, *map(str, arguments)], cwd=cwd or self.folder, text=True,
                              input=stdin, stdin=None if stdin else subprocess.DEVNULL,
                              capture_output=True, timeout=60)
        self.assertEqual(done.returncode, code, f"{arguments}\n{done.stdout}{done.stderr}")
        return done

    def files(self):
        return {path.relative_to(self.folder): path.read_bytes()
                for path in self.folder.rglob("*") if path.is_file()}


class Compile(Commands):
    def test_without_a_lock_is_fine_and_says_so(self):
        self.write("p.lrp", policy())
        done = self.lrc("compile", "p.lrp")
        digits = self.lrc("hash", "p.lrp").stdout.strip()
        self.assertEqual(done.stdout,
                         f"p version 1: {digits}; needs: run, peak; no lrc.lock found\n")
        self.assertEqual(done.stderr, "")
        self.assertFalse(self.lock_file.exists())

    def test_a_sentence_can_be_compiled(self):
        done = self.lrc("compile", "constant")
        self.assertIn("`constant`: lrc1:", done.stdout)
        self.assertIn("a sentence, which no lock records", done.stdout)

    def test_a_locked_policy(self):
        self.write("p.lrp", policy())
        self.lrc("lock", "p.lrp")
        self.assertIn("as lrc.lock has it", self.lrc("compile", "p.lrp").stdout)
        self.lrc("compile", "--frozen", "p.lrp")

    def test_what_is_no_meaning_may_change(self):
        self.write("p.lrp", policy())
        self.lrc("lock", "p.lrp")
        self.write("moved/q.lrp", "# a comment\n" + policy(rest='owner "someone"'))
        self.lrc("compile", "--frozen", "moved")

    def test_a_changed_meaning_warns_with_numbers(self):
        self.write("p.lrp", policy(lr="warmup 1000 steps then hold"))
        self.lrc("lock", "p.lrp")
        self.write("p.lrp", policy(lr="warmup 500 steps then hold"))
        done = self.lrc("compile", "p.lrp")
        # 1/1000 became 1/500, and the factor of 2 only shrinks after step 499.
        for part in ["warning[W0601]", "version 1", "step 0", "`lr` was 0.001 and is 0.002",
                     "100% higher at step 0", "run 10,000 steps, peak 1", "`version 2`"]:
            self.assertIn(part, done.stderr)
        self.assertIn("lrc.lock:5:1", done.stderr)
        self.lrc("compile", "--strict", "p.lrp", code=1)

    def test_the_clean_ones_are_reported_beside_the_broken(self):
        self.write("a.lrp", policy("a"))
        self.write("b.lrp", "policy b version 1 { lr = 3 3 3 }")
        done = self.lrc("compile", "a.lrp", "b.lrp", "missing.lrp", code=3)
        self.assertIn("a version 1: lrc1:", done.stdout)
        self.assertIn("E0004", done.stderr)
        self.assertIn("b.lrp:1:", done.stderr)

    def test_json(self):
        self.write("p.lrp", policy(lr="warmup 1000 steps then hold"))
        self.lrc("lock", "p.lrp")
        self.write("p.lrp", policy(lr="warmup 500 steps then hold"))
        done = self.lrc("compile", "--format", "json", "p.lrp", "constant")
        changed, sentence = json.loads(done.stdout)["policies"]
        self.assertEqual((changed["policy"], changed["version"]), ("p", 1))
        self.assertTrue(changed["hash"].startswith("lrc1:"))
        self.assertEqual(changed["needs"], ["peak"])
        self.assertEqual((changed["file"], changed["lock"]), ("p.lrp", "lrc.lock"))
        self.assertEqual(changed["status"], "changed")
        change = changed["change"]["changes"][0]
        self.assertEqual(change["first"],
                         {"step": 0, "before": 0.001, "after": 0.002, "percent": 100.0})
        self.assertEqual(change["largest"]["percent"], 100.0)
        self.assertEqual(changed["change"]["assumed"], ["run 10,000 steps", "peak 1"])
        self.assertEqual((sentence["status"], sentence["lock"]), ("unnamed", None))
        [issue] = json.loads(done.stderr)["diagnostics"]
        self.assertEqual((issue["code"], issue["severity"]), ("W0601", "warning"))
        self.assertIn("step 0", issue["reason"])

    def test_standard_input_and_text_use_the_current_folder(self):
        self.lrc("lock", "-", stdin=policy())
        self.lrc("compile", "--frozen", "-", stdin=policy())
        self.lrc("compile", "--frozen", policy())
        (self.folder / "sub").mkdir()
        self.lrc("compile", "--frozen", "-", stdin=policy(), cwd=self.folder / "sub")


class Frozen(Commands):
    def refused(self, *arguments, code="E0602", exit_code=1):
        before = self.files()
        done = self.lrc("compile", "--frozen", *arguments, code=exit_code)
        self.assertIn(code, done.stderr)
        self.assertEqual(self.files(), before, "--frozen wrote something")
        return done

    def test_without_a_lock(self):
        self.write("p.lrp", policy())
        self.assertIn("lrc.lock", self.refused("p.lrp").stderr)

    def test_without_an_entry(self):
        self.write("p.lrp", policy())
        self.write("q.lrp", policy("q"))
        self.lrc("lock", "q.lrp")
        self.refused("p.lrp")

    def test_a_changed_meaning(self):
        self.write("p.lrp", policy(version=3, lr="constant"))
        self.lrc("lock", "p.lrp")
        for version in [3, 2]:
            self.write("p.lrp", policy(version=version, lr="hold 0.5x"))
            done = self.refused("p.lrp", code="E0601")
            self.assertIn("step 0", done.stderr)
            self.assertIn("50% lower", done.stderr)
            self.assertIn("`version 4`", done.stderr)

    def test_what_lock_would_change(self):
        self.write("p.lrp", policy(version=3, lr="constant"))
        self.lrc("lock", "p.lrp")
        self.write("p.lrp", policy(version=4, lr="constant"))
        self.refused("p.lrp")
        self.write("p.lrp", policy(version=2, lr="constant"))
        self.refused("p.lrp")
        self.write("p.lrp", policy(version=4, lr="hold 0.5x"))
        self.assertIn("50% lower", self.refused("p.lrp").stderr)
        self.assertEqual(self.lrc("compile", "p.lrp").stderr, "")

    def test_a_sentence(self):
        self.refused("constant", code="E0604")

    def test_a_damaged_lock(self):
        self.write("p.lrp", policy())
        self.write("lrc.lock", "format = \n")
        self.refused("p.lrp", code="E0605", exit_code=3)
        self.lrc("compile", "p.lrp", code=3)
        self.lrc("lock", "p.lrp", code=3)
        self.assertEqual(self.lock_file.read_text(), "format = \n")

    def test_a_lock_edited_by_hand(self):
        self.write("p.lrp", policy(lr="constant"))
        self.lrc("lock", "p.lrp")
        text = self.lock_file.read_text()
        self.write("lrc.lock", text.replace("(from (1 x))", "(from (2 x))"))
        self.refused("p.lrp", code="E0605", exit_code=3)


class Lock(Commands):
    def test_a_second_one_writes_the_same_bytes(self):
        self.write("b.lrp", policy("b", 7, rest='group g matches "*\'\'\'*", "c\\d" { lr by 0.5 }'))
        self.write("a/a.lrp", policy("a"))
        done = self.lrc("lock", ".")
        self.assertEqual(done.stdout.count("recorded in lrc.lock"), 2)
        first = self.lock_file.read_bytes()
        changed = self.lock_file.stat().st_mtime_ns
        self.lrc("lock", ".")
        self.assertEqual(self.lock_file.read_bytes(), first)
        self.assertEqual(self.lock_file.stat().st_mtime_ns, changed)
        self.lock_file.unlink()
        self.lrc("lock", "b.lrp")
        self.lrc("lock", "a/a.lrp")
        self.assertEqual(self.lock_file.read_bytes(), first, "the order of calls shows")
        self.lrc("compile", "--frozen", ".")
        self.assertEqual(sorted(map(str, self.files())), ["a/a.lrp", "b.lrp", "lrc.lock"])

    def test_holds_the_canonical_text(self):
        self.write("p.lrp", policy())
        self.lrc("lock", "p.lrp")
        text = self.lock_file.read_text()
        self.assertIn(self.lrc("hash", "--canonical", "p.lrp").stdout, text)
        self.assertIn(self.lrc("hash", "p.lrp").stdout.strip(), text)

    def test_entries_of_other_policies_stay(self):
        self.write("a.lrp", policy("a"))
        self.write("b.lrp", policy("b"))
        self.lrc("lock", "a.lrp", "b.lrp")
        before = self.lock_file.read_text()
        (self.folder / "b.lrp").unlink()
        self.write("a.lrp", policy("a", 2, "constant"))
        self.assertIn("recorded in lrc.lock; the first step that differs is step 0",
                      self.lrc("lock", "a.lrp").stdout)
        after = self.lock_file.read_text()
        self.assertEqual(after[after.index("[policy.b]"):], before[before.index("[policy.b]"):])
        self.assertIn("version = 2", after)

    def test_a_changed_meaning_is_refused_and_nothing_is_written(self):
        self.write("a.lrp", policy("a"))
        self.lrc("lock", "a.lrp")
        before = self.lock_file.read_bytes()
        self.write("a.lrp", policy("a", 1, "constant"))
        self.write("b.lrp", policy("b"))
        done = self.lrc("lock", "a.lrp", "b.lrp", code=1)
        self.assertIn("error[E0601]", done.stderr)
        self.assertIn("step 0", done.stderr)
        self.assertIn("b version 1", done.stdout)
        self.assertIn("not recorded, because of the findings", done.stdout)
        self.assertEqual(self.lock_file.read_bytes(), before)

    def test_the_same_meaning_under_another_version(self):
        for version in [1, 5]:
            self.write("p.lrp", policy(version=version))
            self.lrc("lock", "p.lrp")
            self.assertIn(f"version = {version}\n", self.lock_file.read_text())

    def test_a_sentence_is_refused(self):
        self.assertIn("E0604", self.lrc("lock", "constant", code=1).stderr)
        self.assertFalse(self.lock_file.exists())

    def test_two_files_with_one_name(self):
        self.write("a/p.lrp", policy())
        self.write("b/p.lrp", policy(lr="constant"))
        for verb in [["lock"], ["compile"], ["compile", "--frozen"]]:
            done = self.lrc(*verb, ".", code=1)
            self.assertIn("E0603", done.stderr)
            self.assertIn("a/p.lrp:1:8", done.stderr)
            self.assertIn("b/p.lrp:1:8", done.stderr)
        self.assertFalse(self.lock_file.exists())

    def test_one_file_named_twice_is_one_policy(self):
        self.write("a/p.lrp", policy())
        self.assertEqual(self.lrc("lock", ".", "a/p.lrp", "a").stdout.count("\n"), 1)

    def test_the_nearest_lock_above_the_policy_is_used(self):
        self.write("a/deep/p.lrp", policy())
        self.write("b/p.lrp", policy(lr="constant"))
        for part in ["a", "b"]:
            self.lrc("lock", "-", stdin=policy("other"), cwd=self.folder / part)
        self.lrc("lock", ".")  # one name in two locks is no clash
        self.assertFalse(self.lock_file.exists())
        for part in ["a", "b"]:
            self.assertIn("[policy.p]", (self.folder / part / "lrc.lock").read_text())
        self.lrc("compile", "--frozen", "deep/p.lrp", cwd=self.folder / "a")
        self.lrc("compile", "--frozen", self.folder / "a/deep", cwd="/")

    def test_without_one_it_is_created_in_the_current_folder(self):
        self.write("policies/p.lrp", policy())
        (self.folder / "work").mkdir()
        self.lrc("lock", "../policies/p.lrp", cwd=self.folder / "work")
        self.assertEqual(sorted(map(str, self.files())), ["policies/p.lrp", "work/lrc.lock"])
        self.lrc("compile", "--frozen", "../policies", cwd=self.folder / "work")

    def test_json(self):
        self.write("p.lrp", policy())
        done = self.lrc("lock", "--format", "json", "p.lrp")
        [entry] = json.loads(done.stdout)["policies"]
        self.assertTrue(entry["recorded"])
        self.assertEqual(json.loads(done.stderr), {"diagnostics": []})
        [entry] = json.loads(self.lrc("lock", "--format", "json", "p.lrp").stdout)["policies"]
        self.assertEqual((entry["recorded"], entry["status"]), (False, "locked"))

    @unittest.skipIf(os.geteuid() == 0, "root may write everywhere")
    def test_a_folder_that_cannot_be_written(self):
        self.write("p.lrp", policy())
        self.folder.chmod(0o555)
        self.addCleanup(self.folder.chmod, 0o755)
        self.assertIn("E0605", self.lrc("lock", "p.lrp", code=3).stderr)

    def test_a_lock_that_is_a_folder(self):
        self.write("p.lrp", policy())
        self.lock_file.mkdir()
        self.assertIn("E0605", self.lrc("lock", "p.lrp", code=3).stderr)


if __name__ == "__main__":
    LRC = os.path.abspath(sys.argv.pop(1))
    unittest.main()
