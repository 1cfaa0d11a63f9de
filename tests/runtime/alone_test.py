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
FOREIGN = re.compile(r"llvm|antlr|torch|boost|nlohmann|CLI|lrc7compile|lrc5check|lrc2ir", re.IGNORECASE)

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


class Alone(unittest.TestCase):
    def test_symbols(self):
        symbols = subprocess.run(["nm", "-C", LIBRARY], text=True, capture_output=True, check=True).stdout
        self.assertIn("lrc::runtime::evaluate", symbols)
        found = [line for line in symbols.splitlines() if FOREIGN.search(line)]
        self.assertEqual([], found)

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
    unittest.main(argv=sys.argv[:1])
