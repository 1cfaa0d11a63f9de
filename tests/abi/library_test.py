#!/usr/bin/env python3
"""liblrc as it is installed: small, alone, and found by another project's CMake.

    library_test.py LIBRARY CMAKE BUILD CONSUMER COMPILER
"""
import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

LIBRARY, CMAKE, BUILD, CONSUMER, COMPILER = sys.argv[1:6]
MAXIMUM_BYTES = 1_000_000
# What a machine has that runs any C++ program.
SYSTEM = {"libstdc++.so.6", "libm.so.6", "libgcc_s.so.1", "libc.so.6", "ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1"}
FOREIGN = re.compile(r"\bllvm::|\bLLVM[A-Z]|\bantlr\w*::|\b(torch|at|c10)::|\bboost::|\bnlohmann::|\bfmt::")
HEADER = Path(CONSUMER).parents[2] / "runtime/abi/lrc.h"
PAGES = [HEADER, HEADER.with_name("lrc_cuda.h")]


def call(*command, **options):
    result = subprocess.run(command, text=True, capture_output=True, **options)
    if result.returncode != 0:
        raise AssertionError(f"{command}\n{result.stdout}{result.stderr}")
    return result.stdout


SANITIZED = "libasan" in call("readelf", "-d", LIBRARY)


class Library(unittest.TestCase):
    def test_it_exports_the_page_and_nothing_else(self):
        exported = {line.split()[-1] for line in call("nm", "-D", "--defined-only", LIBRARY).splitlines()}
        text = "".join(page.read_text() for page in PAGES)
        declared = set(re.findall(r"\b(lrc_\w+)\(", re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)))
        self.assertGreater(len(declared), 30)
        self.assertEqual(declared, exported)

    @unittest.skipIf(SANITIZED, "a sanitizer's library is larger and needs more")
    def test_it_is_small_and_alone(self):
        self.assertLess(Path(LIBRARY).stat().st_size, MAXIMUM_BYTES)
        needed = set(re.findall(r"NEEDED.*\[(.*)\]", call("readelf", "-d", LIBRARY)))
        self.assertEqual(set(), needed - SYSTEM)
        found = call("nm", "-C", LIBRARY)
        self.assertEqual([], [line for line in found.splitlines() if FOREIGN.search(line)])

    def test_the_header_is_c99(self):
        with tempfile.TemporaryDirectory() as folder:
            source = Path(folder, "page.c")
            source.write_text('#include "lrc.h"\n#include "lrc_cuda.h"\nint main(void) { return lrc_abi_version() == LRC_ABI_VERSION ? 0 : 1; }\n')
            call("cc", "-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-fsyntax-only", "-I", HEADER.parent, source)

    @unittest.skipIf(SANITIZED, "the consumer would have to be built with the sanitizer")
    def test_another_project_finds_and_uses_it(self):
        with tempfile.TemporaryDirectory(prefix="lrc_consumer_") as folder:
            prefix, build = Path(folder, "prefix"), Path(folder, "build")
            call(CMAKE, "--install", BUILD, "--prefix", prefix)
            call(CMAKE, "-S", CONSUMER, "-B", build, f"-DCMAKE_PREFIX_PATH={prefix}", f"-DCMAKE_CXX_COMPILER={COMPILER}")
            call(CMAKE, "--build", build)
            for program in ("in_c", "in_cpp"):
                self.assertEqual("0.1 0.5 1\n", call(build / program, cwd="/"))

    def configured(self, text):
        with tempfile.TemporaryDirectory(prefix="lrc_consumer_") as folder:
            prefix, project = Path(folder, "prefix"), Path(folder, "project")
            project.mkdir()
            call(CMAKE, "--install", BUILD, "--prefix", prefix)
            (project / "CMakeLists.txt").write_text(f"cmake_minimum_required(VERSION 3.25)\nproject(p NONE)\n{text}\n")
            return subprocess.run([CMAKE, "-S", project, "-B", Path(folder, "build"), f"-DCMAKE_PREFIX_PATH={prefix}",
                                   "-DCMAKE_DISABLE_FIND_PACKAGE_Torch=ON"], text=True, capture_output=True)

    def test_a_component_that_is_not_there_is_named(self):
        result = self.configured("find_package(lrc REQUIRED COMPONENTS nonsense)")
        self.assertNotEqual(0, result.returncode)
        self.assertIn("no component `nonsense`", re.sub(r"\s+", " ", result.stderr))

    def test_a_component_that_may_be_left_out(self):
        result = self.configured("find_package(lrc REQUIRED COMPONENTS runtime OPTIONAL_COMPONENTS torch nonsense)\n"
                                 'message(STATUS "lrc ${lrc_FOUND} torch ${lrc_torch_FOUND} nonsense ${lrc_nonsense_FOUND}")')
        self.assertEqual((0, ""), (result.returncode, result.stderr))
        self.assertRegex(result.stdout, "lrc (1|TRUE) torch (0|FALSE|) nonsense FALSE")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)  # with the reason of a skip
