"""The package without torch: policies, runs, values, states, events, plots, errors; fork and threads.

    PYTHONPATH=BUILD/python_package python core_test.py
"""
import json
import math
import os
import pickle
import statistics
import subprocess
import sys
import tempfile
import threading
import timeit
import unittest
import warnings
from pathlib import Path

import numpy

import lrc

_UPDATE_LINE = 8  # of lrc_run_text
SENTENCE = "warmup 6% linear then cosine to 0.01x"
FACTS = {"run": "1000 steps", "peak": 3e-4}
GROUPS = """policy pretrain version 3 {
  run 1000 steps
  peak 3e-4
  lr           = warmup 100 steps linear then cosine to 0.1x
  weight_decay = 0.1
  group norms matches "*norm*", "*.bias" { weight_decay = 0 }
  group head  matches "head.*" { frozen for 10 steps }
}"""
PLATEAU = """policy plateau version 1 {
  run 1000 steps
  peak 1
  lr = constant
  on plateau of val_loss falling for 2 evals { lr by 0.5, not below 0.01x }
}"""


def formula(step):
    """6% of 1000 updates of warmup, read at the update's end; then half a cosine from 1x to 0.01x."""
    if step < 60:
        return 3e-4 * (step + 1) / 60
    progress = min(1.0, (step - 60) / 940)
    return 3e-4 * (0.01 + 0.99 * (1 + math.cos(math.pi * progress)) / 2)


class Policies(unittest.TestCase):
    def test_what_a_policy_says_of_itself(self):
        policy = lrc.compile(GROUPS)
        self.assertEqual(("pretrain", 3, []), (policy.name, policy.version, policy.needs))
        import hashlib
        self.assertEqual("lrc1:" + hashlib.sha256(policy.canonical.encode()).hexdigest(), policy.hash)

    def test_a_sentence_has_no_name_and_says_what_it_needs(self):
        policy = lrc.compile(SENTENCE)
        self.assertEqual(("", None, ["run", "peak"]), (policy.name, policy.version, policy.needs))

    def test_a_file_and_its_bytes_are_the_same_policy(self):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "pretrain.lrp")
            path.write_text(GROUPS)
            hashes = {lrc.compile(path).hash, lrc.compile(str(path)).hash, lrc.load(path).hash,
                      lrc.load(GROUPS.encode()).hash, lrc.compile(GROUPS).hash}
        self.assertEqual(1, len(hashes))

    def test_a_mistake_is_the_rendered_diagnostic(self):
        with self.assertRaises(lrc.Refused) as caught:
            lrc.compile("cosine to 1%")
        for part in ("error[E0102]", "<text>:1:11", "fix: write `0.01x`"):
            self.assertIn(part, str(caught.exception))

    def test_a_file_that_is_not_there(self):
        with self.assertRaises(lrc.Unavailable) as caught:
            lrc.load("/nowhere/policy.lrp")
        self.assertIsInstance(caught.exception, OSError)
        self.assertIn("/nowhere/policy.lrp", str(caught.exception))

    def test_a_fact_without_a_unit_is_refused_with_how_to_write_it(self):
        with self.assertRaisesRegex(lrc.WrongCall, "has no unit.*100K steps"):
            lrc.compile(SENTENCE).bind(run=1000, peak=1)

    def test_texts_where_a_list_belongs(self):
        with self.assertRaisesRegex(lrc.WrongCall, "rates is a list"):
            lrc.compile(SENTENCE).bind(rates="1 epoch = 10 steps", **FACTS)

    def test_what_is_missing_is_named(self):
        with self.assertRaisesRegex(lrc.Refused, "length of the run"):
            lrc.compile(SENTENCE).bind(peak=1)

    def test_parameters(self):
        policy = lrc.compile("policy p version 1 {\n  param floor: x = 0.1x\n  run 100 steps\n  peak 1\n  lr = linear to floor\n}")
        self.assertEqual(0.1, policy.bind()(100))
        self.assertEqual(0.25, policy.bind(parameters={"floor": "0.25x"})(100))

    def test_numbers_of_numpy_are_numbers(self):
        for peak in (numpy.float64(3e-4), numpy.float32(3e-4), numpy.int64(3), 3):
            self.assertEqual(float(peak), lrc.compile("constant").bind(peak=peak, run="4 steps")(0))
        floor = lrc.compile("policy p version 1 {\n param floor: number = 0.5\n peak 1\n lr = constant\n weight_decay = floor\n}")
        for value in (numpy.float64(0.25), numpy.float32(0.3), numpy.int32(2)):
            self.assertEqual(float(value), floor.bind(parameters={"floor": value}, run="4 steps").evaluate(0, "weight_decay"))


class Values(unittest.TestCase):
    def setUp(self):
        self.policy = lrc.compile(SENTENCE)
        self.run = self.policy.bind(**FACTS)

    def test_values_are_the_formula(self):
        values = self.policy.values(range(1001), **FACTS)
        self.assertEqual((numpy.float64, (1001,)), (values.dtype, values.shape))
        expected = numpy.array([formula(step) for step in range(1001)])
        # libm's cosine and ours are each within an ulp of theirs; 1 + cos cancels, so of the peak.
        self.assertLess(numpy.max(numpy.abs(values - expected)), 4e-16 * 3e-4)

    def test_every_way_to_ask_gives_the_same_bits(self):
        whole = self.run.values(range(1000))
        steps = numpy.array([[0, 7], [999, 60]])
        self.assertTrue((self.run.values(steps) == whole[steps]).all())
        self.assertTrue((self.run.values(range(3, 900, 7)) == whole[3:900:7]).all())
        self.assertTrue((self.run.values(range(999, -1, -1)) == whole[::-1]).all())
        self.assertTrue((self.run.values(iter([5, 6])) == whole[5:7]).all())
        self.assertEqual([self.run(step) for step in range(1000)], whole.tolist())
        for step in range(1000):
            self.assertEqual(whole[step], self.run.value())
            self.run.advance()

    def test_backends_agree(self):
        values = {name: self.policy.values(range(1000), backend=name, **FACTS).tobytes()
                  for name in ("fastest", "interpreter", "native")}
        self.assertEqual(1, len(set(values.values())))

    def test_a_step_that_is_no_integer(self):
        with self.assertRaisesRegex(lrc.WrongCall, "counted by integers"):
            self.run.values([0.5])
        with self.assertRaises(TypeError):
            self.run(0.5)
        with self.assertRaises(OverflowError):
            self.run(1 << 70)

    def test_a_step_before_the_run(self):
        for call in (lambda: self.run(-1), lambda: self.run.values(range(-2, 2)), lambda: self.run.values([-1])):
            with self.assertRaises(lrc.WrongCall):
                call()

    def test_groups_and_outputs(self):
        names = ["layer.weight", "layer.bias", "head.weight", "head.bias"]
        run = lrc.compile(GROUPS).bind(names=names)
        self.assertEqual(("lr", "weight_decay"), run.outputs)
        self.assertEqual(["", "norms", "head", "norms+head"], [run.groups[k] for k in run.group_of_names])
        self.assertEqual([0.1, 0.0, 0.1, 0.0], [run.value("weight_decay", k) for k in run.group_of_names])
        self.assertEqual([0, 0, 10, 10], [run.frozen_until(k) for k in run.group_of_names])
        self.assertEqual([0.0] * 10, run.values(range(10), group="head").tolist())
        self.assertEqual(run(10), run.evaluate(10, "lr", "head"))
        with self.assertRaisesRegex(KeyError, "no output 'momentum'"):
            run.value("momentum")
        with self.assertRaisesRegex(KeyError, "no group 'tail'"):
            run.values(range(3), group="tail")

    def test_arrays_of_another_size_are_refused(self):
        with self.assertRaises(ValueError):
            self.run.fill_range("lr", 0, 0, 1, 11, numpy.empty(10))
        with self.assertRaises(ValueError):
            self.run.fill_range("lr", 0, 0, 1, 10, numpy.empty(10, dtype=numpy.float32))
        with self.assertRaises((BufferError, ValueError)):
            self.run.fill_range("lr", 0, 0, 1, 10, b"\0" * 80)


class Runs(unittest.TestCase):
    def setUp(self):
        self.run = lrc.compile(GROUPS).bind()

    def test_what_a_run_says_of_itself(self):
        self.assertEqual(("pretrain", 3, 0, 1000), (self.run.policy, self.run.version, self.run.step, self.run.updates))
        self.assertIn(self.run.backend, ("native", "interpreter"))
        self.assertTrue(self.run.run_hash.startswith("lrc1:") and self.run.layout_hash)
        self.assertEqual(self.run.run_hash, self.run.agreement["run_hash"])
        self.assertEqual(lrc.compile(GROUPS).hash, self.run.hash)

    def test_it_goes_on_after_its_policy_is_gone(self):
        policy = lrc.compile(SENTENCE)
        run = policy.bind(**FACTS)
        before = run(500)
        del policy
        self.assertEqual(before, run(500))

    def test_the_coming_update_as_an_object(self):
        self.assertIsInstance(self.run.update(), dict)

    def test_explain(self):
        self.assertIn("warmup", self.run.explain(50))

    def test_it_is_not_pickled_silently(self):
        with self.assertRaisesRegex(TypeError, "run.save"):
            pickle.dumps(self.run)

    def test_reactions(self):
        run = lrc.compile(PLATEAU).bind()
        outcomes = [run.observe("val_loss", 3.0, k) for k in range(3)]
        self.assertEqual([("accepted", 0), ("accepted", 0), ("accepted", 1)], [tuple(o) for o in outcomes])
        self.assertEqual((1.0, 0.5), (run(0), run.value()), "rules at rest, and as they are")
        self.assertEqual("duplicate", run.observe("val_loss", 3.0, 2).outcome)
        self.assertEqual("older", run.observe("val_loss", 3.0, 1).outcome)
        self.assertEqual("unknown", run.observe("accuracy", 3.0, 9).outcome)
        self.assertEqual("not finite", run.observe("val_loss", math.nan, 3).outcome)
        with self.assertRaisesRegex(lrc.Refused, "already with another value"):
            run.observe("val_loss", 2.0, 3)
        self.assertEqual(0.5, run.value())

    def test_events_are_objects_and_are_taken_once(self):
        run = lrc.compile(PLATEAU).bind()
        for evaluation in range(3):
            run.observe("val_loss", 3.0, evaluation)
        kinds = [event["event"] for event in run.events()]
        self.assertIn("firing", kinds)
        self.assertEqual([], list(run.events()))


class States(unittest.TestCase):
    def bound(self, **facts):
        return lrc.compile(PLATEAU).bind(**facts)

    def test_every_save_point_goes_on_with_the_same_bits(self):
        def train(run, first, last):
            bits = []
            for step in range(first, last):
                if step % 10 == 0:
                    run.observe("val_loss", 1 / (1 + step % 50), step)
                bits.append(run.value().hex())
                run.advance()
            return bits
        whole = train(self.bound(), 0, 200)
        for point in range(0, 200, 7):
            run = self.bound()
            train(run, 0, point)
            resumed = self.bound()
            resumed.load(run.save())
            self.assertEqual(whole[point:], train(resumed, point, 200))

    def test_another_policy_is_refused_and_a_word_goes_on(self):
        run = lrc.compile(SENTENCE).bind(**FACTS)
        for _ in range(500):
            run.advance()
        other = lrc.compile(SENTENCE).bind(run="2000 steps", peak=3e-4)
        with self.assertRaises(lrc.Refused) as caught:
            other.load(run.save())
        self.assertIn("rebind", str(caught.exception))
        self.assertEqual(0, other.step, "a refusal changes nothing")
        other.load(run.save(), "rebind")
        self.assertEqual((500, other(500)), (other.step, other.value()))

    def test_a_flipped_bit_is_refused(self):
        run = self.bound()
        record = run.save()
        for at in range(0, len(record), 5):
            damaged = record[:at] + chr(ord(record[at]) ^ 1) + record[at + 1:]
            with self.assertRaises(lrc.Error):
                run.load(damaged)

    def test_files_and_the_generation_before(self):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "run.state")
            run = self.bound()
            for _ in range(2):
                run.advance()
                run.save_file(path)
            self.assertEqual(["run.state", "run.state.previous"], sorted(os.listdir(folder)))
            resumed = self.bound()
            resumed.load_file(path)
            self.assertEqual(2, resumed.step)
            path.write_text("damaged")
            resumed = self.bound()
            resumed.load_file(str(path))
            self.assertEqual(1, resumed.step)
            with self.assertRaises(lrc.Unavailable):
                resumed.load_file(Path(folder, "none"))


class Pictures(unittest.TestCase):
    def setUp(self):
        self.plot = lrc.compile(SENTENCE).plot(**FACTS)

    def test_text_has_the_ends_of_both_axes(self):
        text = str(self.plot)
        self.assertIn("0.0003 │", text)
        self.assertIn("1,000", text.splitlines()[-1])
        # The top row is full around the peak and empty at the end of the run.
        self.assertNotEqual("⠀", text.splitlines()[1][12 + 5])
        self.assertEqual("⠀", text.splitlines()[1][-1])

    def test_svg_is_xml_with_every_point(self):
        from xml.etree import ElementTree
        line = ElementTree.fromstring(self.plot._repr_svg_()).find("{http://www.w3.org/2000/svg}polyline")
        self.assertEqual(1000, len(line.get("points").split()))

    def test_a_run_without_an_end(self):
        with self.assertRaisesRegex(lrc.WrongCall, "no end"):
            lrc.compile("constant").plot(peak=1)


class Processes(unittest.TestCase):
    def test_a_child_after_fork_goes_on_with_its_own_copy(self):
        run = lrc.compile(SENTENCE).bind(**FACTS)
        run.advance()
        reading, writing = os.pipe()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # other threads of numpy's are none of this
            child = os.fork()
        if child == 0:
            run.advance()
            fresh = lrc.compile(SENTENCE).bind(**FACTS)
            os.write(writing, f"{run.step} {run.value().hex()} {fresh(2).hex()}".encode())
            os._exit(0)
        os.waitpid(child, 0)
        bits = run(2).hex()
        self.assertEqual(f"2 {bits} {bits}", os.read(reading, 1000).decode())
        self.assertEqual(1, run.step)

    def test_threads_compile_bind_and_evaluate_at_once(self):
        policy = lrc.compile(SENTENCE)
        shared = policy.bind(**FACTS)
        expected = shared.values(range(1000)).tobytes()
        wrong = []

        def work():
            for _ in range(20):
                if lrc.compile(SENTENCE).hash != policy.hash:
                    wrong.append("hash")
                for run in (shared, policy.bind(**FACTS)):
                    if run.values(range(1000)).tobytes() != expected:
                        wrong.append("bits")
                try:
                    lrc.compile("cosine to 1%")
                except lrc.Refused as error:
                    if "E0102" not in str(error):
                        wrong.append(str(error))
        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual([], wrong)

    def test_nothing_is_kept_that_is_let_go(self):
        import gc
        import resource

        def cycle(count):
            for _ in range(count):
                run = policy.bind(backend="interpreter", **FACTS)
                run.values(range(8))
                run.load(run.save())
        policy = lrc.compile(SENTENCE)
        cycle(300)
        gc.collect()
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        cycle(3000)
        self.assertLess(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before, 2048)  # KiB; a leak of 1 KiB a cycle is 3000


class Replay(unittest.TestCase):
    """A run's own log, given to `lrc replay`."""

    POLICY = """
policy reacting version 1 {
  run 100 steps  peak 1
  lr = warmup 10 steps linear then cosine to 0.1x
  weight_decay = 0.1
  group norms matches "norm*" { weight_decay = 0  lr by 0.5 }
  on plateau of loss falling for 3 evals { lr by 0.5, not below 0.01x  signal slow }
  on nonfinite loss { lr by 0.1 for 5 steps }
}"""

    def run_of_it(self):
        return lrc.compile(self.POLICY).bind(names=["a.weight", "norm.weight"])

    def trained(self, run, updates, shift=0):
        lines = []
        for update in range(run.step, run.step + updates):
            lines += iter(run.next_event, None)
            lines.append(run.get(_UPDATE_LINE))
            run.observe("loss", math.nan if update == 50 else shift + abs(math.sin(update)) + 1 / (update + 1), 2 * update)
            lines += iter(run.next_event, None)
            run.advance()
        return lines

    def log(self):
        return self.trained(self.run_of_it(), 100)

    def resumed(self, record, updates, word=None, shift=0):
        run = self.run_of_it()
        run.load(record, word)
        return self.trained(run, updates, shift)

    def assert_replayed(self, lines):
        result = self.replayed(lines)
        updates = sum('"event":"update"' in line for line in lines)
        self.assertEqual((0, f"all {updates} updates agree to the bit\n"), (result.returncode, result.stdout), result.stderr)

    def replayed(self, lines):
        with tempfile.TemporaryDirectory() as folder:
            log, policy = Path(folder, "run.jsonl"), Path(folder, "reacting.lrp")
            log.write_text("\n".join(lines) + "\n")
            policy.write_text(self.POLICY)
            command = Path(lrc.__file__).parents[2] / "bin/lrc"
            return subprocess.run([command, "replay", log, policy], text=True, capture_output=True)

    def test_every_bit_agrees(self):
        lines = self.log()
        kinds = {json.loads(line)["event"] for line in lines}
        self.assertLessEqual({"start", "phase", "update", "observation", "firing", "signal"}, kinds)
        result = self.replayed(lines)
        self.assertEqual((0, "all 100 updates agree to the bit\n"), (result.returncode, result.stdout), result.stderr)

    def test_a_record_behind_the_last_line_and_another_load_between(self):
        run = self.run_of_it()
        lines = self.trained(run, 10)
        older = run.save()
        lines += self.trained(run, 5)
        run.observe("loss", math.nan, 29)
        lines += iter(run.next_event, None)
        for _ in range(10):
            run.advance()  # of which no line tells
        newer = run.save()
        run.load(older)
        run.load(newer)
        self.assert_replayed(lines + self.trained(run, 3))

    def test_runs_that_are_resumed(self):
        run = self.run_of_it()
        lines = self.trained(run, 30)
        before = run.save()  # as a checkpoint of PyTorch's has it, of which the log knows nothing
        run.observe("loss", math.nan, 59)
        after = run.save()
        lines += self.trained(run, 25)
        last = run.save()
        for record in (before, after, last):
            self.assertIn(f'"record":"{record[-65:-49]}"', " ".join(self.resumed(record, 1)))
            self.assert_replayed(lines + self.resumed(record, 10))
        # The older one, after the newer ones; then a branch that saw something else, and back again.
        other = self.run_of_it()
        other.load(before)
        branch = self.trained(other, 5, shift=3)
        self.assert_replayed(lines + self.resumed(after, 10) + branch + self.resumed(other.save(), 20, shift=3) + self.resumed(before, 70))
        for word in ("rewind to 20", "rewarm over 10 steps", "blend over 10 steps", "rebind", "keep"):
            self.assert_replayed(lines + self.resumed(last, 20, word))
        self.assertEqual(1, self.replayed(self.resumed(last, 10)).returncode)

    def test_a_run_that_goes_on_from_its_own_record(self):
        run = self.run_of_it()
        lines = self.trained(run, 40)
        for word in (None, "rewind to 20", "blend over 10 steps", "rewarm over 5 steps"):
            run.load(run.save(), word)
            run.load(run.save())
            lines += self.trained(run, 5)
        self.assert_replayed(lines)

    def test_a_run_killed_behind_its_last_line(self):
        run = self.run_of_it()
        lines = self.trained(run, 30)
        run.advance()
        run.advance()
        self.assert_replayed(lines + self.resumed(run.save(), 10))

    def test_one_bit_elsewhere_is_found(self):
        lines = self.log()
        index, update = next((i, line) for i, line in enumerate(map(json.loads, lines)) if line["event"] == "update" and line["update"] == 70)
        update["bits"][0] = f"{int(update['bits'][0], 16) ^ 1:016x}"
        lines[index] = json.dumps(update)
        result = self.replayed(lines)
        self.assertEqual(1, result.returncode)
        self.assertIn("70", result.stdout + result.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=1)
