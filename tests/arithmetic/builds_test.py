#!/usr/bin/env python3
"""The bits of the arithmetic depend on no compiler, no level of optimisation, no x86 level and no architecture.

    builds_test.py ROOT

Builds tests/arithmetic/bits.cpp with runtime/arithmetic in every way below and compares one checksum over a million arguments of each function. What takes long
(qemu, and -O0 above the lowest level) has the first tenth of them, and the whole million where LRC_ARITHMETIC_ARGUMENTS asks for a long run. What this machine
lacks is skipped, and printed.
"""
import hashlib
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from arguments import FUNCTIONS, arguments

ROOT = Path(sys.argv[1]).resolve()
COUNT, FEW = 1_000_000, 100_000
SLOW = COUNT if "LRC_ARITHMETIC_ARGUMENTS" in os.environ else FEW
SOURCES = [ROOT / "tests/arithmetic/bits.cpp", ROOT / "runtime/arithmetic/arithmetic.cpp"]
RULES = ["-ffp-contract=off", "-fno-math-errno"]
FUSED = ["-ffp-contract=fast", "-mfma"]
# The flags of /proc/cpuinfo that tell a level from the one below.
LEVELS = {"x86-64": set(), "x86-64-v2": {"sse4_2"}, "x86-64-v3": {"avx2", "bmi2", "fma"}, "x86-64-v4": {"avx512f", "avx512dq", "avx512vl"}}
X86_COMPILERS = ("g++", "clang++-19")
CROSS_COMPILER, EMULATOR = "aarch64-linux-gnu-g++", "qemu-aarch64"


def features():
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return set(next((line for line in lines if line.startswith("flags")), "").split())


def build(folder, compiler, flags):
    program = folder / "-".join([compiler, *flags]).replace("/", "_")
    subprocess.run([compiler, "-std=c++20", *flags, *SOURCES, "-o", program], check=True)
    return program


class Builds(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory()
        cls.folder = Path(cls.temporary.name)
        for name in FUNCTIONS:
            words = arguments(name, COUNT)
            for count in {COUNT, FEW}:
                words[:count].tofile(cls.folder / f"{name}-{count}")
        cls.expected = {}

    @classmethod
    def tearDownClass(cls):
        cls.temporary.cleanup()

    def checksums(self, command, count):
        """{function: checksum of its results on the first `count` arguments}."""
        found = {}
        for name in FUNCTIONS:
            with open(self.folder / f"{name}-{count}", "rb") as words:
                result = subprocess.run([*command, name], stdin=words, stdout=subprocess.PIPE, check=True).stdout
            self.assertEqual(8 * count, len(result), f"{command} {name}")
            found[name] = hashlib.sha256(result).hexdigest()[:16]
        return found

    def compare(self, what, command, count=COUNT):
        found = self.checksums(command, count)
        expected = self.expected.setdefault(count, found)
        whole = hashlib.sha256("".join(found.values()).encode()).hexdigest()[:16]
        print(f"{what}: {whole} over {count} arguments of each of {len(found)} functions", flush=True)
        self.assertEqual(expected, found, what)

    def test_builds_give_the_same_bits(self):
        if platform.machine() == "x86_64":
            self.x86()
        else:
            print(f"skipped: the levels of x86-64, on {platform.machine()}")
            self.compare("g++ -O2", [build(self.folder, "g++", ["-O2", *RULES])])
        self.aarch64()

    def x86(self):
        have = features()
        for level, needed in LEVELS.items():
            if not needed <= have:
                print(f"skipped: {level}, this machine lacks {', '.join(sorted(needed - have))}")
                continue
            for compiler in X86_COMPILERS:
                for optimisation in ("-O0", "-O3"):
                    program = build(self.folder, compiler, [optimisation, f"-march={level}", *RULES])
                    slow = optimisation == "-O0" and level != "x86-64"
                    self.compare(f"{compiler} {optimisation} -march={level}", [program], SLOW if slow else COUNT)

    def aarch64(self):
        missing = [tool for tool in (CROSS_COMPILER, EMULATOR) if shutil.which(tool) is None]
        if missing:
            print(f"skipped: AArch64, no {' and no '.join(missing)}")
            return
        native = build(self.folder, "g++", ["-O2", *RULES])
        self.compare("g++ -O2, as many as under qemu", [native], SLOW)
        for optimisation in ("-O0", "-O3"):
            program = build(self.folder, CROSS_COMPILER, ["-static", optimisation, *RULES])
            self.compare(f"{CROSS_COMPILER} {optimisation} under {EMULATOR}", [EMULATOR, program], SLOW)

    def test_fused_operations_would_show(self):
        """The comparison sees what it is for: contraction changes the functions that have a product and a sum."""
        if platform.machine() != "x86_64" or "fma" not in features():
            print("skipped: a fused build, which needs an x86-64 with FMA")
            return
        kept = self.checksums([build(self.folder, "g++", ["-O2", *RULES])], FEW)
        for compiler in X86_COMPILERS:
            fused = self.checksums([build(self.folder, compiler, ["-O2", *FUSED])], FEW)
            different = [name for name in FUNCTIONS if fused[name] != kept[name]]
            print(f"{compiler} {' '.join(FUSED)}: other bits in {len(different)} functions: {', '.join(different)}")
            self.assertLessEqual({"sinpi", "cospi", "havpi", "exp2", "tanh", "pow", "geometric", "ramp"}, set(different))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
