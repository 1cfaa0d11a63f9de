#!/usr/bin/env python3
"""What becomes of GPU code behind our hands: in PTX every operation on reals is rounded to nearest, and ptxas makes of
each exactly the instructions it makes of that operation alone. A fused or approximate one would change the counts.

    sass_test.py LRC TOOLS    TOOLS holds ptxas and nvdisasm (scripts/install-cuda-tools)

Divisions and square roots are correctly rounded by sequences of NVIDIA's that fuse on purpose; how long those are is
measured on kernels with nothing else in them.
"""
import collections
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

LRC, TOOLS = sys.argv[1], pathlib.Path(sys.argv[2])
ARCHITECTURES = ["sm_75", "sm_80", "sm_90", "sm_100", "sm_120"]

# Together they call every function of the arithmetic, in 64 and in 128 bits.
POLICIES = {
    "cosine": "warmup 6% linear then cosine to 0.01x",
    "root": "warmup 6% linear then constant for 70% then sqrt to 0",
    "power": "warmup 6% linear then polynomial(0.9) to 0.01x",
    "exponential": "warmup 6% linear then exponential to 0.01x",
    "cycles": "repeat 4 times { warmup 10% of cycle linear then cosine to 0.01x }",
    "inverse square root": "warmup 6% linear then rsqrt",
    "rules": """policy lrc_policy version 1 {
  lr = warmup 6% linear then cosine to 0.01x
  momentum = 0.9
  on plateau of loss falling for 3 evals, cooldown 2 evals { lr by 0.5, not below 0.01x, ignoring changes under 1e-8 }
  on spike of loss above 2 times its mean over 10 steps { lr by 0.1 for 20 steps momentum by 0.5 for 20 steps }
  on nonfinite loss { lr by 0.5 for 20 steps }
  on threshold of reward above 0.5 { lr by 2, at most 2 times }
}""",
    "formula": "1e-4 + 1e-4 * sinpi(progress * 8) + 1e-5 * cospi(progress) + 1e-6 * tanh(log2(1 + progress)) + 1e-7 * exp2(progress)",
}

ROUNDED = re.compile(r"^(add|sub|mul|div|sqrt)\.rn\.f64$|^cvt\.rn\.f32\.f64$")
# Exact: comparisons, one of two, moves, signs; conversions say how they round.
EXACT = re.compile(r"^(setp\.[a-z]+|selp|min|max|mov|ld(\.[a-z]+)*|st(\.[a-z]+)*|neg|abs)\.[bf]64$|^cvt\.rn\.f64\.[su]\d+$")


def run(*words):
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True)
    if done.returncode != 0:
        raise AssertionError(f"{words[0]} ended with {done.returncode}: {done.stderr}{done.stdout}")
    return done.stdout


def instructions(ptx):
    """By function: how often each operation on f64 stands in it."""
    functions, current = {}, None
    for line in ptx.splitlines():
        opened = re.match(r"\s*(?:\.visible |\.weak )?\.(?:func|entry)\b.*?([A-Za-z_$][\w$]*)\s*\($", line)
        if opened:
            current = functions.setdefault(opened.group(1), collections.Counter())
        words = re.sub(r"^\s*(@!?%p\d+\s+)?", "", line).split()
        if current is not None and words and ".f64" in words[0] and not words[0].startswith("."):
            current[words[0]] += 1
    return functions


def problems_of_ptx(ptx):
    """What is neither rounded to nearest nor exact."""
    return [f"{name}: {word}" for name, counts in instructions(ptx).items() for word in counts
            if not ROUNDED.match(word) and not EXACT.match(word)]


def sass(ptx, architecture):
    """By function: how often each instruction on f64 stands in it. Without a flag that would keep ptxas from fusing."""
    with tempfile.TemporaryDirectory() as folder:
        source, cubin = pathlib.Path(folder, "code.ptx"), pathlib.Path(folder, "code.cubin")
        source.write_text(ptx)
        run(TOOLS / "ptxas", "--compile-only", "--gpu-name", architecture, "--output-file", cubin, source)
        text = run(TOOLS / "nvdisasm", "--print-code", cubin)
    functions, current = {}, None
    for line in text.splitlines():
        section = re.match(r"\s*\.section\s+\.text\.([\w$]+)", line)
        if section:
            current = functions.setdefault(section.group(1), collections.Counter())
        # To add minus zero is how a GPU turns a sign.
        found = re.search(r"\b(DADD(?! \S+, -RZ,)|DMUL|DFMA|MUFU)\b", line)
        if current is not None and found:
            current[found.group(1)] += 1
    return functions


def kernel(operation, operands):
    return f""".version 7.8
.target sm_75
.address_size 64
.visible .func (.param .b64 result) only(.param .b64 x, .param .b64 y)
{{
  .reg .f64 %fd<4>;
  ld.param.f64 %fd1, [x];
  ld.param.f64 %fd2, [y];
  {operation} %fd3, {operands};
  st.param.f64 [result], %fd3;
  ret;
}}
"""


def expected(counts, cost):
    """The instructions that ptxas should make of a function, from those of each operation alone."""
    total = collections.Counter()
    for word, times in counts.items():
        for instruction, each in cost.get(word, {}).items():
            total[instruction] += times * each
    return total


def costs(architecture):
    pairs = {"add.rn.f64": "%fd1, %fd2", "sub.rn.f64": "%fd1, %fd2", "mul.rn.f64": "%fd1, %fd2",
             "div.rn.f64": "%fd1, %fd2", "sqrt.rn.f64": "%fd1"}
    return {word: sass(kernel(word, operands), architecture)["only"] for word, operands in pairs.items()}


def differences(ptx, architecture, cost):
    """Functions in which ptxas made something else of the operations than it makes of each alone."""
    made = sass(ptx, architecture)
    return [f"{name}: {dict(made[name])} instead of {dict(expected(counts, cost))}"
            for name, counts in instructions(ptx).items()
            if name in made and made[name] != expected(counts, cost)]


def ptx_of(policy, architecture="sm_75", steps="100K"):
    return run(LRC, "compile", policy, "--run", f"{steps} steps", "--peak", "3e-4", "--emit", "ptx", "--target",
               architecture)


class Sass(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.ptx = {name: ptx_of(policy) for name, policy in POLICIES.items()}
        cls.ptx["wide"] = ptx_of(POLICIES["cosine"], steps="10000000000000000001")
        cls.cost = {architecture: costs(architecture) for architecture in ARCHITECTURES}

    def test_every_operation_is_rounded_to_nearest(self):
        for name, ptx in self.ptx.items():
            self.assertEqual(problems_of_ptx(ptx), [], name)
            self.assertTrue(any(ROUNDED.match(word) for counts in instructions(ptx).values() for word in counts))
            self.assertLessEqual({"lrc_policy_values", "lrc_policy_eval", "lrc_policy_update"}, set(instructions(ptx)))

    def test_ptxas_keeps_every_operation(self):
        for architecture in ARCHITECTURES:
            counted = 0
            programs = self.ptx if architecture == "sm_90" else {name: self.ptx[name] for name in ("cosine", "rules", "formula")}
            for name, ptx in programs.items():
                self.assertEqual(differences(ptx, architecture, self.cost[architecture]), [], (name, architecture))
                counted += sum(sum(counts.values()) for counts in instructions(ptx).values())
            print(f"{architecture}: {len(programs)} programs, {counted} instructions on reals, none fused")

    def test_what_division_costs_is_fused_and_what_addition_costs_is_not(self):
        for architecture, cost in self.cost.items():
            self.assertEqual(dict(cost["add.rn.f64"]), {"DADD": 1}, architecture)
            self.assertEqual(dict(cost["mul.rn.f64"]), {"DMUL": 1}, architecture)
            self.assertGreater(cost["div.rn.f64"]["DFMA"], 0, architecture)

    # An operation that does not say how it rounds may be fused, and is.
    def test_a_fused_operation_is_found(self):
        loose = self.ptx["cosine"].replace("mul.rn.f64", "mul.f64").replace("add.rn.f64", "add.f64")
        self.assertNotEqual(problems_of_ptx(loose), [])
        for architecture in ARCHITECTURES:
            cost = {word.replace("mul.rn", "mul").replace("add.rn", "add"): counts
                    for word, counts in self.cost[architecture].items()}
            self.assertNotEqual(differences(loose, architecture, cost), [], architecture)

    def test_an_approximate_operation_is_found(self):
        planted = self.ptx["cosine"].replace("div.rn.f64", "rcp.approx.ftz.f64", 1)
        self.assertTrue(any("rcp.approx" in problem for problem in problems_of_ptx(planted)))
        fused = self.ptx["cosine"].replace("mul.rn.f64", "fma.rn.f64", 1)
        self.assertTrue(any("fma" in problem for problem in problems_of_ptx(fused)))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
