#!/usr/bin/env python3
"""`lrc import`: the policies that it writes against other people's numbers and formulas.

Called as `import_test.py path/to/lrc`. The cases of tests/peers have tables that real schedulers
gave. The other combinations here have their published formula beside them, written by hand.
"""

import json
import math
import pathlib
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "peers"))
import peers_test  # noqa: E402

PEERS = ("torch hf timm optax composer megatron deepspeed olmo torchtitan fairseq mmengine nanogpt "
         "llmc t5x t2t marian").split()
# Fields of a case that describe its table, not the schedule.
DESCRIPTION = ("id", "file", "version", "how", "form", "dtype", "columns", "rows", "first_lr", "max_lr",
               "last_lr", "sha256", "abs_tol_of_max", "note", "sample", "metric", "resolved")


def import_case(peer, case):
    return subprocess.run([peers_test.lrc, "import", peer, "-"], input=json.dumps(case),
                          capture_output=True, encoding="utf-8", timeout=60)


def policy_text(peer, case):
    done = import_case(peer, case)
    if done.returncode != 0:
        raise AssertionError(f"{peer} {json.dumps(case)}\n{done.stderr}")
    return done.stdout


def values(text, last, column="lr"):
    """What updates 0 to `last` use under a policy."""
    shown = peers_test.run_lrc("eval", text, "--steps", f"0..{last}", "--backend", "interp",
                               "--format", "csv")
    rows = peers_test.read_table(shown)
    return [rows[step][column] for step in range(last + 1)]


def first_case(peer):
    case = next(case for case in peers_test.load_cases() if case["peer"] == peer)
    return {name: value for name, value in case.items() if name not in DESCRIPTION}


class Visible(unittest.TestCase):
    """Every case that has a table."""

    def test_numbers(self):
        for case in peers_test.load_cases():
            with self.subTest(case=case["id"]), tempfile.NamedTemporaryFile("w", suffix=".lrp") as file:
                file.write(policy_text(case["peer"], case))
                file.flush()
                theirs = peers_test.peer_rows(case)
                ours = peers_test.our_rows(file.name, case, sorted(theirs), "interp")
                for column in case["columns"]:
                    if column in peers_test.NOT_COMPARED:
                        continue
                    result = peers_test.Comparison(case, column, theirs, ours)
                    self.assertTrue(result.holds(), f"{column} at {result.step}: {result.theirs!r}, "
                                                    f"we give {result.ours!r}")

    def test_what_describes_a_table_is_not_needed(self):
        for case in peers_test.load_cases():
            with self.subTest(case=case["id"]):
                bare = {name: value for name, value in case.items() if name not in DESCRIPTION}
                self.assertEqual(policy_text(case["peer"], bare), policy_text(case["peer"], case))

    def test_what_is_written_is_in_the_one_layout(self):
        for case in peers_test.load_cases():
            text = policy_text(case["peer"], case)
            with self.subTest(case=case["id"]), tempfile.NamedTemporaryFile("w", suffix=".lrp") as file:
                file.write(text)
                file.flush()
                peers_test.run_lrc("fmt", "--check", file.name)


class Refusals(unittest.TestCase):
    def refused(self, peer, case, code, *said):
        done = import_case(peer, case)
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertEqual(done.stdout, "")
        self.assertIn(f"error[{code}]", done.stderr)
        for words in said:
            self.assertIn(words, done.stderr)

    def test_unknown_arguments(self):
        for peer in PEERS:
            with self.subTest(peer=peer):
                case = first_case(peer)
                call = case["args"]["param_scheduler"][0] if peer == "mmengine" else case["args"]
                call["gibberish"] = 0
                self.refused(peer, case, "E1003", "`gibberish`")

    def test_unknown_arguments_deep_inside(self):
        inner = {"cls": "LinearLR", "total_iters": 5, "gibberish": 1}
        self.refused("torch", {"lr": 1, "args": {"cls": "ChainedScheduler", "schedulers": [inner]}}, "E1003",
                     "`gibberish`")
        self.refused("optax", {"args": {"fn": "join_schedules", "boundaries": [], "schedules": [
            {"fn": "constant_schedule", "value": 1, "gibberish": 1}]}}, "E1003", "`gibberish`")
        self.refused("hf", {"lr": 1, "args": {"name": "cosine", "num_warmup_steps": 5, "num_training_steps": 50,
                                              "scheduler_specific_kwargs": {"gibberish": 1}}},
                     "E1003", "`gibberish`")

    def test_unknown_facts(self):
        for peer in PEERS:
            with self.subTest(peer=peer):
                self.refused(peer, {**first_case(peer), "gibberish": 1}, "E1003", "`gibberish`")
        case = first_case("composer")
        case["state"]["gibberish"] = 1
        self.refused("composer", case, "E1003", "`gibberish`")

    def test_a_slip_of_the_pen_has_its_fix(self):
        self.refused("torch", {"lr": 1, "args": {"cls": "StepLR", "step_size": 3, "gama": 0.5}}, "E1003",
                     "did you mean `gamma`?")
        self.refused("torch", {"lr": 1, "args": {"cls": "StepRL", "step_size": 3}}, "E1004",
                     "did you mean `StepLR`?")
        self.refused("troch", {"lr": 1, "args": {"cls": "StepLR", "step_size": 3}}, "E1002",
                     "did you mean `torch`?")

    def test_code_of_others(self):
        for code in ("table[epoch]", "f(epoch)", "__import__('os').getpid()", "epoch if epoch else"):
            self.refused("torch", {"lr": 1, "args": {"cls": "LambdaLR", "lr_lambda": code}}, "E1005",
                         "fix: write it as a formula of `position in steps`")
        self.refused("torch", {"lr": 1, "args": {"cls": "MultiplicativeLR", "lr_lambda": "1 / (epoch + 1)"}}, "E1005",
                     "fix: ")
        self.refused("torch", {"lr": 1, "args": {"cls": "CyclicLR", "base_lr": 0.1, "max_lr": 1,
                                                 "scale_fn": "lambda x: x"}}, "E1005", "fix: ")
        self.refused("timm", {"lr": 1, "args": {"cls": "CosineLRScheduler", "t_initial": 30,
                                                "noise_range_t": [10, 20]}}, "E1005", "`noise(seed: 42)`")

    def test_what_the_peer_refuses(self):
        state = {"max_duration": "10ep", "dataloader_len": 100, "batch_size": 32, "tokens_per_batch": 1024}
        for words in ("1.5ep", "4Btok", "10 minutes", 5):
            self.refused("composer", {"lr": 1, "state": state,
                                      "args": {"cls": "LinearScheduler", "t_max": words}}, "E1004", "`t_max`")
        self.refused("composer", {"lr": 1, "state": state,
                                  "args": {"cls": "LinearWithWarmupScheduler", "t_warmup": "5ba", "t_max": "9ep"}},
                     "E1004", "`t_max`")
        self.refused("composer", {"lr": 1, "state": state, "args": {"cls": "LinearWithWarmupScheduler",
                                                                    "t_warmup": "500tok"}}, "E1004", "`t_warmup`")

    def test_no_case_at_all(self):
        for text in ("", "[]", "{}", '{"args": 3}', '{"args": {'):
            done = subprocess.run([peers_test.lrc, "import", "torch", "-"], input=text, capture_output=True,
                                  encoding="utf-8", timeout=60)
            self.assertEqual(done.returncode, 1, text)
            self.assertIn("error[E1001]", done.stderr)


    def test_values_of_another_kind(self):
        for peer in PEERS:
            for strange in (None, {}, [5], "x", True, -1, 1e308, 1e-320):
                with self.subTest(peer=peer, strange=strange):
                    case = first_case(peer)
                    args = case["args"]["param_scheduler"][0] if peer == "mmengine" else case["args"]
                    for name in args:
                        changed = {**args, name: strange}
                        whole = {"param_scheduler": [changed]} if peer == "mmengine" else changed
                        done = import_case(peer, {**case, "args": whole})
                        self.assertIn(done.returncode, (0, 1), f"{name}\n{done.stderr}")
                        self.assertEqual(done.returncode == 0, done.stderr == "", f"{name}\n{done.stderr}")

    def test_what_would_be_no_policy(self):
        self.refused("torch", {"lr": -1, "args": {"cls": "StepLR", "step_size": 3}}, "E1006", "a peak of `-1`")

    def test_a_file(self):
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            file.write('{"lr": 1, "args": {"cls": "StepLR", "step_size": 3}}')
            file.flush()
            self.assertIn("step by 0.1 every 3 steps", peers_test.run_lrc("import", "torch", file.name))
        done = subprocess.run([peers_test.lrc, "import", "torch", "nowhere.json"], capture_output=True,
                              encoding="utf-8", timeout=60)
        self.assertEqual(done.returncode, 3)
        self.assertIn("error[E0004]", done.stderr)


def cosine(u):
    return (1 + math.cos(math.pi * u)) / 2


def torch_one_cycle(k, total=997, share=0.23, top=0.1):
    start, end, at = top / 25, top / 25 / 1e4, share * total - 1
    if k <= at:
        return top + (start - top) * cosine(k / at)
    return end + (top - end) * cosine((k - at) / (total - 1 - at))


def mm_updates(k):
    """A line over 20 updates whose end is used at update 19, times 0.1 at epochs 3 and 5 of 10."""
    line = 0.1 + 0.9 * min(k, 19) / 19
    return 0.05 * line * 0.1 ** ((k >= 30) + (k >= 50))


def chained_floor(k, floor=0.01):
    """A tenth for 5 updates under a cosine of 20 with a floor, each step of it from the value before."""
    def value(t):
        if t < 5:
            return floor + (0.01 - floor) * cosine(t / 20)
        reach = ((value(4) / 0.1 - floor) / cosine(4 / 20))
        return floor + reach * cosine(t / 20)
    return value(k) if k <= 20 else floor + (0.1 - floor) * cosine(k / 20)


ST = {"max_duration": "100ba", "dataloader_len": 50, "batch_size": 8, "tokens_per_batch": 1000}
FORMULAS = [
    # Each part starts anew from the base rate.
    ("torch", 0.1, {"cls": "SequentialLR", "milestones": [4], "schedulers": [
        {"cls": "ExponentialLR", "gamma": 0.9}, {"cls": "CosineAnnealingLR", "T_max": 20}]}, {}, 24,
     lambda k: 0.1 * 0.9 ** k if k < 4 else 0.1 * cosine((k - 4) / 20)),
    ("torch", 0.1, {"cls": "OneCycleLR", "max_lr": 0.1, "total_steps": 997, "pct_start": 0.23}, {}, 996,
     torch_one_cycle),
    ("torch", 0.1, {"cls": "LambdaLR", "lr_lambda": "min(1.0, (epoch + 1) / 50)"}, {}, 80,
     lambda k: 0.1 * min(1, (k + 1) / 50)),
    ("torch", 0.1, {"cls": "MultiStepLR", "milestones": [9, 5, 5], "gamma": 0.5}, {}, 20,
     lambda k: 0.1 * 0.5 ** (2 * (k >= 5) + (k >= 9))),
    # Behind its lowest point the cosine starts from the base rate, whatever came before.
    ("torch", 0.1, {"cls": "ChainedScheduler", "schedulers": [
        {"cls": "ExponentialLR", "gamma": 0.99}, {"cls": "CosineAnnealingLR", "T_max": 20}]}, {"horizon": 20}, 50,
     lambda k: 0.1 * cosine(k / 20) * 0.99 ** (k if k <= 20 else k - 21)),
    ("torch", 0.1, {"cls": "ChainedScheduler", "schedulers": [
        {"cls": "ConstantLR", "factor": 0.1, "total_iters": 5},
        {"cls": "CosineAnnealingLR", "T_max": 20, "eta_min": 0.01}]}, {"horizon": 20}, 40, chained_floor),
    # 100 * 0.07 is a little above 7 in binary64, and rounded up.
    ("hf", 0.1, {"name": "linear", "num_training_steps": 100, "warmup_ratio": 0.07}, {}, 120,
     lambda k: 0.1 * (k / 8 if k < 8 else max(0, (100 - k) / 92))),
    ("hf", 0.1, {"name": "cosine", "num_training_steps": 90, "num_warmup_steps": 10,
                 "scheduler_specific_kwargs": {"num_cycles": 1.5}}, {}, 89,
     lambda k: 0.1 * (k / 10 if k < 10 else cosine(3 * (k - 10) / 80))),
    ("hf", 0.1, {"name": "inverse_sqrt", "num_warmup_steps": 10, "scheduler_specific_kwargs": {"timescale": 40}}, {}, 200,
     lambda k: 0.1 * (k / 10 if k < 10 else 1 / math.sqrt((k + 30) / 40))),
    ("timm", 0.1, {"cls": "PolyLRScheduler", "t_initial": 50, "power": 2.0, "warmup_t": 5, "lr_min": 0.01},
     {"unit": "epoch"}, 70, lambda k: 0.1 * k / 5 if k < 5 else 0.01 + 0.09 * max(0, 1 - k / 50) ** 2),
    ("timm", 0.1, {"cls": "CosineLRScheduler", "t_initial": 50, "k_decay": 2.0, "t_in_epochs": False}, {}, 70,
     lambda k: 0.1 * cosine(min(1, k / 50) ** 2)),
    # Row 0 is the optimizer's own rate, the formula is never quite there.
    ("timm", 0.1, {"cls": "TanhLRScheduler", "t_initial": 50, "lb": -4.0, "ub": 2.0}, {"unit": "epoch"}, 60,
     lambda k: 0.1 if k == 0 else 0.05 * (1 - math.tanh(-4 + 6 * k / 50)) if k < 50 else 0),
    ("optax", None, {"fn": "polynomial_schedule", "init_value": 1.0, "end_value": 0.1, "power": 3, "transition_steps": 40,
                     "transition_begin": 7}, {}, 60,
     lambda k: 0.1 + 0.9 * (1 - min(max(k - 7, 0), 40) / 40) ** 3),
    ("optax", None, {"fn": "cosine_decay_schedule", "init_value": 1.0, "decay_steps": 30, "alpha": 0.1, "exponent": 2.0},
     {}, 40, lambda k: 0.9 * cosine(min(k, 30) / 30) ** 2 + 0.1),
    # 100 * 0.29 is a little below 29 in binary64, and cut.
    ("composer", 0.1, {"cls": "LinearWithWarmupScheduler", "t_warmup": "0.29dur"}, {"state": ST}, 110,
     lambda k: 0.1 * (k / 28 if k < 28 else max(0, 1 - (k - 28) / 72))),
    # The ratio halves the run and the milestone in samples, not the warmup.
    ("composer", 0.1, {"cls": "MultiStepWithWarmupScheduler", "t_warmup": "10ba", "milestones": ["0.5dur", "321sp"],
                       "gamma": 0.5}, {"state": ST, "ssr": 0.5}, 60,
     lambda k: 0.1 * (k / 10 if k < 10 else 0.5 ** ((k >= 25) + (8 * k >= 160)))),
    ("composer", 0.1, {"cls": "CosineAnnealingWarmRestartsScheduler", "t_0": "11ba", "t_mult": 1.5}, {"state": ST,
                                                                                                    "horizon": 60}, 60,
     lambda k: 0.1 * next(cosine((k - a) / n) for a, n in ((0, 11), (11, 16), (27, 24), (51, 36)) if k < a + n)),
    ("megatron", 1.0, {"max_lr": 1.0, "min_lr": 0.3, "lr_warmup_steps": 31.2061, "lr_decay_steps": 997,
                       "lr_decay_style": "inverse-square-root"}, {}, 1010,
     lambda k: k / 31.2061 if k <= 31.2061 else max(0.3, math.sqrt(31.2061 / k)) if k <= 997 else 0.3),
    # The last update of the warmup belongs to it, even where the decay has begun.
    ("megatron", 1.0, {"max_lr": 1.0, "min_lr": 0.0, "lr_warmup_steps": 640, "lr_decay_steps": 3200,
                       "lr_decay_style": "WSD", "wsd_decay_steps": 2880, "lr_wsd_decay_style": "linear"},
     {"increment": 64}, 60, lambda k: k / 10 if k <= 10 else max(0, (50 - k) / 45)),
    ("deepspeed", 1.0, {"cls": "WarmupCosineLR", "total_num_steps": 100, "warmup_num_steps": 10, "cos_min_ratio": 0.1,
                        "warmup_type": "linear"}, {}, 120,
     lambda k: 0 if k == 0 else (k - 1) / 10 if k - 1 < 10 else 0.1 + 0.9 * cosine(min(1, (k - 10) / 90))),
    # round(50 * 0.05) is 2: ties go to even.
    ("olmo", 1.0, {"cls": "CosWithWarmup", "warmup_fraction": 0.05, "alpha_f": 0.2}, {"t_max": 50}, 70,
     lambda k: (k + 1) / 2 if k < 2 else 0.2 + 0.8 * cosine(min(1, (k - 1) / 48))),
    # A stage owns the place where it begins, and a decay that overrides it there starts from its value.
    ("olmo", 1.0, {"cls": "ComposableScheduler", "stages": [
        {"cls": "ComposableSchedulerStage", "duration": 20, "shape": "linear", "start_lr": 0.0, "end_lr": 1.0},
        {"cls": "ComposableSchedulerStage", "duration": 20, "shape": "linear", "start_lr": 0.5, "end_lr": 0.1}],
        "override_decay": {"cls": "OverrideDecay", "start": 20, "duration": 10, "shape": "cosine", "end_lr": 0.0}},
     {"t_max": 50}, 49, lambda k: (k + 1) / 20 if k < 19 else 0.5 * cosine(min(1, (k - 19) / 10))),
    ("olmo", 1.0, {"cls": "InvSqrtWithWarmup", "warmup": 7000, "alpha_f": 0.0}, {"t_max": 90000, "tokens_per_step": 1000}, 89,
     lambda k: (k + 1) / 7 if k < 7 else math.sqrt(7 / (k + 1))),
    ("torchtitan", 1.0, {"warmup_steps": 10, "decay_ratio": 0.25, "decay_type": "cosine"}, {"training_steps": 50}, 49,
     lambda k: (k + 1) / 10 if k < 10 else 1 if k < 38 else cosine((k - 38) / 12)),
    ("fairseq", 1.0, {"cls": "TriStageLRSchedule", "phase_ratio": [0.1, 0.29, 0.61], "max_update": 100,
                      "init_lr_scale": 0.1, "final_lr_scale": 0.01}, {}, 110,
     lambda k: 0.1 + 0.9 * k / 10 if k < 10 else 1 if k < 38 else 0.01 ** min(1, (k - 38) / 61)),
    ("fairseq", 1.0, {"cls": "PolynomialDecayLRSchedule", "warmup_updates": 10, "total_num_update": 60,
                      "end_learning_rate": 0.1, "power": 2.0}, {}, 80,
     lambda k: k / 10 if k <= 10 else 0.1 + 0.9 * (1 - min(1, (k - 10) / 50)) ** 2),
    ("mmengine", 0.05, {"param_scheduler": [
        {"type": "LinearLR", "start_factor": 0.1, "by_epoch": False, "begin": 0, "end": 20},
        {"type": "MultiStepLR", "milestones": [3, 5], "by_epoch": True, "begin": 0, "end": 9}]},
     {"epoch_length": 10}, 99, mm_updates),
    # The line ends at update 38; the floor of the cosine, one update behind the last one, is never used.
    ("mmengine", 1.0, {"param_scheduler": [
        {"type": "PolyLR", "power": 2.0, "eta_min": 0.2, "by_epoch": False, "end": 40},
        {"type": "CosineAnnealingLR", "by_epoch": False, "begin": 40, "end": 60}]}, {}, 80,
     lambda k: 0.2 + 0.8 * (1 - min(k, 39) / 39) ** 2 if k < 40 else 0.2 * cosine(min(k - 40, 19) / 20)),
    ("nanogpt", 1.0, {"learning_rate": 1.0, "min_lr": 0.1, "warmup_iters": 9, "lr_decay_iters": 59}, {}, 70,
     lambda k: (k + 1) / 10 if k < 9 else 0.1 + 0.9 * cosine(min(1, (k - 9) / 50))),
    ("llmc", 1.0, {"type": "wsd", "learning_rate": 1.0, "warmup_iterations": 5, "train_num_batches": 50,
                   "final_learning_rate_frac": 0.0}, {}, 49,
     lambda k: (k + 1) / 5 if k < 5 else 1 if k < 40 else 1 - math.sqrt((k - 40) / 10)),
    ("t5x", 1.0, {"factors": "constant*linear_warmup*rsqrt_normalized_decay*decay_every", "base_learning_rate": 0.5,
                  "warmup_steps": 10, "steps_per_decay": 15, "step_offset": 3, "min_learning_rate": 0.01}, {}, 200,
     lambda k: max(0.01, 0.5 * min(1, max(0, k - 3) / 10) * math.sqrt(10 / max(10, k - 3))
                   * 0.5 ** (max(0, k - 3) // 15))),
    ("t2t", 1.0, {"learning_rate_schedule": "constant*linear_warmup*exp_decay", "learning_rate_constant": 0.3,
                  "learning_rate_warmup_steps": 20, "learning_rate_decay_steps": 15, "learning_rate_decay_rate": 0.5,
                  "learning_rate_decay_staircase": True}, {}, 100,
     lambda k: 0.3 * min(1, k / 20) * 0.5 ** (max(0, k - 20) // 15)),
    # Labels before the update; the first epoch is number 1.
    ("marian", 1.0, {"learn-rate": 1.0, "lr-warmup": "20", "lr-decay-inv-sqrt": ["3kt"]},
     {"stream": {"labels_per_update": 100, "updates_per_epoch": 10}}, 90,
     lambda k: min(1, k / 20) * (math.sqrt(3000 / (100 * k)) if k > 30 else 1)),
    ("marian", 1.0, {"learn-rate": 1.0, "lr-warmup": "2e", "lr-decay-inv-sqrt": ["3e"]},
     {"stream": {"labels_per_update": 100, "updates_per_epoch": 10}}, 90,
     lambda k: min(1, (1 + k // 10) / 2) * math.sqrt(3 / max(3, 1 + k // 10))),
]


class Formulas(unittest.TestCase):
    """Other arguments and combinations, against the formulas that the libraries publish."""

    def test_values(self):
        for peer, rate, arguments, facts, last, formula in FORMULAS:
            case = {"lr": rate, "args": arguments, **facts}
            with self.subTest(peer=peer, arguments=arguments):
                text = policy_text(peer, case)
                expected = [formula(k) for k in range(last + 1)]
                largest = max(map(abs, expected))
                for k, (ours, theirs) in enumerate(zip(values(text, last), expected)):
                    self.assertLessEqual(abs(ours - theirs), 1e-12 * largest,
                                         f"update {k}: {theirs!r}, we give {ours!r}\n{text}")

    def test_every_peer_has_one(self):
        self.assertEqual({entry[0] for entry in FORMULAS}, set(PEERS))

    def test_momentum_and_weight_decay(self):
        text = policy_text("megatron", {"lr": 1, "args": {
            "max_lr": 1.0, "min_lr": 0.0, "lr_decay_steps": 50, "lr_decay_style": "linear", "start_wd": 0.01,
            "end_wd": 0.11, "wd_incr_style": "cosine", "wd_incr_steps": 80}})
        for k, ours in enumerate(values(text, 90, "weight_decay")):
            self.assertAlmostEqual(ours, 0.11 - 0.1 * cosine(min(1, k / 80)), delta=1e-13)
        text = policy_text("mmengine", {"lr": 1, "args": {"param_scheduler": [
            {"type": "LinearMomentum", "start_factor": 0.5, "by_epoch": False, "end": 11}]}})
        for k, ours in enumerate(values(text, 20, "momentum")):
            self.assertAlmostEqual(ours, 0.9 * (0.5 + 0.5 * min(k, 10) / 10), delta=1e-13)


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit("usage: import_test.py path/to/lrc")
    peers_test.lrc = str(pathlib.Path(sys.argv.pop(1)).resolve())
    unittest.main()
