#!/usr/bin/env python3
"""The runtime is poor on purpose: it includes nothing of the compiler, needs neither LLVM nor ANTLR,
and a program that links it and nothing else evaluates a bound program.

    alone_test.py LIBRARY ROOT COMPILER SODIUM
"""
import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

LIBRARY, ROOT, COMPILER, SODIUM = sys.argv[1:5]
# As `nm -C` shows names. Every folder of the compiler has a namespace; test_the_pattern_catches compares.
COMPILER_NAMESPACES = ("ast", "backends", "bind", "check", "cli", "compile", "diagnostics", "exact", "format", "import", "ir", "lock",
                       "lower", "picture", "policy", "prove", "source", "syntax")
FOREIGN = re.compile(rf"\blrc::({'|'.join(COMPILER_NAMESPACES)})::"
                     r"|\bllvm::|\bLLVM[A-Z]|\bantlr\w*::|\b(torch|at|c10)::|\bboost::|\bnlohmann::|\bCLI::|\btoml::|\bfmt::")

# One that an object defines, and one that it needs, as the runtime would if it called the compiler.
PLANTED = "namespace {0} {{ int needed(); int planted() {{ return needed(); }} }}\n"

PROGRAM = r"""
#include <cstdio>
#include "runtime/host/schedule.h"
int main() {
  lrc::runtime::Program program;
  program.outputs = {"lr"};
  program.group_sets = {{}};
  program.codes = {{{lrc::runtime::Operation::real, 0}}};
  program.reals = {0.25};
  program.slots = {{0, 0, {0, 0, 0}}};
  lrc::runtime::Schedule schedule(program);
  std::printf("%a\n", schedule.values()[0]);
}
"""


def symbols(library):
    return subprocess.run(["nm", "-C", library], text=True, capture_output=True, check=True).stdout.splitlines()


def foreign(lines):
    return [line for line in lines if FOREIGN.search(line)]


class Alone(unittest.TestCase):
    def test_symbols(self):
        found = symbols(LIBRARY)
        self.assertTrue(any("lrc::runtime::evaluate" in line for line in found))
        self.assertEqual([], foreign(found))

    def test_the_pattern_catches(self):
        namespaces = {found for path in Path(ROOT, "compiler").rglob("*.h")
                      for found in re.findall(r"^namespace (lrc::[\w:]+)", path.read_text(), re.MULTILINE)}
        self.assertIn("lrc::compile", namespaces)
        foreigners = {"llvm::orc", "antlr4::atn", "antlrcpp", "torch::optim", "c10", "boost::multiprecision", "nlohmann", "CLI"}
        everything = self.planted(namespaces | foreigners | {"lrc::runtime"})
        expected = [[kind, f"{namespace}::{name}()"] for namespace in namespaces | foreigners
                    for kind, name in (("T", "planted"), ("U", "needed"))]
        self.assertEqual(sorted(expected), sorted(line.split()[-2:] for line in foreign(everything)))
        self.assertTrue(foreign(["                 U LLVMContextCreate"]))

    def planted(self, namespaces):
        """The symbols of an archive with a function of each namespace, and a call of another."""
        with tempfile.TemporaryDirectory() as folder:
            source, item, archive = (Path(folder, "planted" + end) for end in (".cpp", ".o", ".a"))
            source.write_text("".join(map(PLANTED.format, namespaces)))
            subprocess.run([COMPILER, "-std=c++20", "-c", source, "-o", item], check=True)
            subprocess.run(["ar", "rc", archive, item], check=True, capture_output=True)
            return symbols(archive)

    def test_includes(self):
        files = [p for p in Path(ROOT, "runtime").rglob("*") if p.suffix in (".h", ".cpp")]
        self.assertGreater(len(files), 8)
        for path in files:
            for include in re.findall(r'#include [<"]([^>"]+)', path.read_text()):
                self.assertFalse(include.startswith("compiler/"), f"{path} includes {include}")
                if "torch" not in path.parts:
                    self.assertFalse(include.startswith("torch/"), f"{path} includes {include}")

    def test_links_and_runs(self):
        with tempfile.TemporaryDirectory() as folder:
            source = Path(folder, "alone.cpp")
            source.write_text(PROGRAM)
            binary = Path(folder, "alone")
            build = [COMPILER, "-std=c++20", "-I", ROOT, str(source), LIBRARY, SODIUM, "-o", str(binary)]
            result = subprocess.run(build, text=True, capture_output=True)
            if "undefined reference to `__asan" in result.stderr or "__ubsan" in result.stderr:
                self.skipTest("the library is built with a sanitizer, whose runtime this program does not link")
            self.assertEqual(0, result.returncode, result.stderr)
            self.assertEqual("0x1p-2\n", subprocess.run([binary], text=True, capture_output=True).stdout)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)  # with the reason of a skip
