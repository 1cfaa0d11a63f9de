#!/usr/bin/env python3
"""examples/cuda_graph without a GPU: its training is NumPy's, a resumed run ends with the bits of one that was not stopped, and nvcc
builds it where there is one.

    cuda_graph_test.py LRC ROOT BUILD
"""
import math
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import numpy as np

LRC, ROOT, BUILD = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]).absolute()
FOLDER = ROOT / "examples/cuda_graph"
PIXELS, WIDTH, CLASSES, BATCH, TRAINED_ON = 64, 64, 10, 64, 1437
SHAPES = [(WIDTH, PIXELS), (WIDTH,), (CLASSES, WIDTH), (CLASSES,)]
PARAMETERS = sum(math.prod(shape) for shape in SHAPES)
NVCC = shutil.which("nvcc")


def train(*arguments):
    return subprocess.run([BUILD / "bin/digits", "--host", *map(str, arguments)], cwd=ROOT, text=True, capture_output=True)


def network(path):
    """The three arrays of a checkpoint's network: values, means, squares."""
    data = Path(path).read_bytes()
    return np.frombuffer(data, "<f4", 3 * PARAMETERS, offset=24).reshape(3, PARAMETERS)


def scrambled(index):
    mask = (1 << 64) - 1
    bits = (index + 1) * 0x9E3779B97F4A7C15 & mask
    bits = (bits ^ bits >> 30) * 0xBF58476D1CE4E5B9 & mask
    bits = (bits ^ bits >> 27) * 0x94D049BB133111EB & mask
    return bits ^ bits >> 31


def tensors(array):
    ends = np.cumsum([math.prod(shape) for shape in SHAPES])
    return [part.reshape(shape) for part, shape in zip(np.split(array, ends[:-1]), SHAPES)]


def first_values():
    sizes = [math.prod(shape) for shape in SHAPES]
    bounds = np.repeat([1 / math.sqrt(PIXELS), 1 / math.sqrt(PIXELS), 1 / math.sqrt(WIDTH), 1 / math.sqrt(WIDTH)], sizes)
    share = np.array([(scrambled((1 << 64) - 1 - k) >> 11) / 2.0**53 for k in range(PARAMETERS)])
    return (2 * share - 1) * bounds


def gradient(values, images, digits):
    """By matrices, in double precision."""
    weight, bias, scores_weight, scores_bias = tensors(values)
    hidden = np.maximum(images @ weight.T + bias, 0)
    scores = hidden @ scores_weight.T + scores_bias
    shares = np.exp(scores - scores.max(1, keepdims=True))
    shares /= shares.sum(1, keepdims=True)
    slope = (shares - np.eye(CLASSES)[digits]) / len(digits)
    hidden_slope = (slope @ scores_weight) * (hidden > 0)
    return np.concatenate([part.ravel() for part in (hidden_slope.T @ images, hidden_slope.sum(0), slope.T @ hidden, slope.sum(0))])


def numpy_training(updates):
    """The policy's first updates are its warmup: peak * (k + 1) / 50. Weight decay is that of weights alone."""
    rows = np.frombuffer((FOLDER / "digits.bytes").read_bytes(), np.uint8).reshape(-1, PIXELS + 1)
    decay = np.repeat([0.05, 0, 0.05, 0], [math.prod(shape) for shape in SHAPES])
    values, mean, square = first_values(), np.zeros(PARAMETERS), np.zeros(PARAMETERS)
    for update in range(updates):
        lr = 1e-2 * (update + 1) / 50
        drawn = [scrambled(update * BATCH + k) % TRAINED_ON for k in range(BATCH)]
        slope = gradient(values, rows[drawn, :PIXELS] / 16, rows[drawn, PIXELS])
        values = values * (1 - lr * decay)
        mean = 0.9 * mean + 0.1 * slope
        square = 0.99 * square + 0.01 * slope**2
        values = values - lr * (mean / (1 - 0.9 ** (update + 1))) / (np.sqrt(square / (1 - 0.99 ** (update + 1))) + 1e-8)
    return values


class Training(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.path = Path(cls.folder.name)
        cls.whole = train("--save", cls.path / "whole", "--verify", 100)

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def test_it_learns_to_read(self):
        self.assertEqual(0, self.whole.returncode, self.whole.stderr)
        last = re.findall(r"update +1000: loss ([\d.]+), ([\d.]+)% right", self.whole.stdout)
        self.assertEqual(1, len(last))
        # Of writers whom it has not seen; guesses are right 10 times in 100.
        self.assertGreater(float(last[0][1]), 88)

    # Single precision, whose rounding Adam's quotient enlarges where a slope is nearly 0.
    def test_its_arithmetic_is_that_of_numpy(self):
        self.assertEqual(0, train("--save", self.path / "ten", "--steps-to", 10).returncode)
        ours, theirs = network(self.path / "ten.10")[0], numpy_training(10)
        moved = np.abs(theirs - first_values())
        self.assertGreater(np.median(moved), 1e-3)
        self.assertLess(np.median(np.abs(ours - theirs)), 1e-7)
        self.assertLess(np.abs(ours - theirs).max(), 1e-4)

    def test_a_rule_moves_the_rate_and_the_twin_says_the_same(self):
        self.assertIn('"event":"firing"', self.whole.stdout)
        found = re.search(r"(\d+) updates compared with the host, (\d+) of them with lrc_evaluate as well: 0 values differ", self.whole.stdout)
        self.assertIsNotNone(found, self.whole.stdout)
        self.assertEqual(100, int(found[1]))
        self.assertTrue(0 < int(found[2]) < 100)

    # Between evaluations, where one was given that no update has looked at yet and a rule will fire, and behind firings.
    def test_resumed_is_uninterrupted(self):
        for stop in (423, 450, 700):
            part = self.path / f"part{stop}"
            self.assertEqual(0, train("--steps-to", stop, "--save", part).returncode)
            done = train("--resume", part, "--save", part, "--verify", 20)
            self.assertEqual(0, done.returncode, done.stderr)
            self.assertIn(" 0 values differ", done.stdout)
            for suffix in ("", ".1000"):
                self.assertEqual(Path(f"{self.path / 'whole'}{suffix}").read_bytes(), Path(f"{part}{suffix}").read_bytes(), stop)

    def test_a_damaged_network_is_refused(self):
        at = self.path / "damaged"
        self.assertEqual(0, train("--steps-to", 20, "--save", at).returncode)
        data = bytearray(Path(f"{at}.20").read_bytes())
        data[5000] ^= 1
        Path(f"{at}.20").write_bytes(data)
        done = train("--resume", at)
        self.assertEqual(1, done.returncode)
        self.assertIn("was cut or changed", done.stderr)

    def test_an_output_that_it_does_not_have_is_refused(self):
        policy = self.path / "clipped.lrp"
        policy.write_text((FOLDER / "digits.lrp").read_text().replace("  beta1 ", "  grad_clip = 1.0\n  beta1 "))
        done = train("--policy", policy)
        self.assertEqual(1, done.returncode)
        self.assertIn("the policy gives `grad_clip`", done.stderr)

    def test_without_cuda_it_says_so(self):
        done = subprocess.run([BUILD / "bin/digits"], cwd=ROOT, text=True, capture_output=True)
        self.assertEqual(3, done.returncode)
        self.assertIn("built without CUDA", done.stderr)


class Cuda(unittest.TestCase):
    def test_nvcc_builds_it(self):
        if subprocess.run(["ninja", "-C", BUILD, "-t", "query", "digits_cuda"], capture_output=True).returncode != 0:
            self.skipTest("there is no nvcc here" if NVCC is None else "this build has no digits_cuda, and CMake said why")
        done = subprocess.run(["ninja", "-C", BUILD, "digits_cuda"], text=True, capture_output=True)
        self.assertEqual(0, done.returncode, done.stdout + done.stderr)
        program = (BUILD / "bin/digits_cuda").read_bytes()
        for target in ("sm_75", "sm_80", "sm_90", "sm_100", "sm_120"):
            self.assertIn(target.encode(), program)
        # Without a GPU it must say so, and what it can do anyhow is the same.
        host = subprocess.run([BUILD / "bin/digits_cuda", "--host", "--steps-to", "20"], cwd=ROOT, text=True, capture_output=True)
        self.assertEqual(train("--steps-to", 20).stdout, host.stdout)

    def test_libtorch_takes_it(self):
        """Read only: this LibTorch is the one for CPUs, which lacks a header that its build for CUDA writes."""
        found = sorted(BUILD.glob("python/lib/python3*/site-packages/torch/include"))
        cuda = NVCC and Path(NVCC).resolve()
        folders = [Path("/usr/local/cuda/include")] + ([cuda.parents[1] / "include"] if cuda else [])
        folder = next((each for each in folders if (each / "cuda_runtime_api.h").exists()), None)
        if not found or folder is None:
            self.skipTest("there is no LibTorch here" if not found else "there are no headers of CUDA here")
        torch = found[0]
        system = [torch, torch / "torch/csrc/api/include", folder]
        done = subprocess.run(
            ["clang++-19", "-std=c++20", "-fsyntax-only", "-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Werror",
             "-DC10_CUDA_NO_CMAKE_CONFIGURE_FILE", *(f"-isystem{each}" for each in system), "-I", ROOT / "runtime/abi",
             FOLDER / "libtorch/main.cpp"], text=True, capture_output=True)
        self.assertEqual(0, done.returncode, done.stderr[:3000])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
