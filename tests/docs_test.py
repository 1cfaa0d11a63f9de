#!/usr/bin/env python3
"""Every block of the documents runs: ```lrc compiles, ```console prints what it shows, ```cpp compiles.

    docs_test.py LRC ROOT COMPILER
"""
import os
import re
import shlex
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

LRC, ROOT, COMPILER = os.path.abspath(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
DOCUMENTS = sorted(
    path for path in ROOT.rglob("*.md")
    if not any(part.startswith("build") or part == "explain" for part in path.relative_to(ROOT).parts)
)
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(language):
    for document in DOCUMENTS:
        for found, body in BLOCK.findall(document.read_text()):
            if found == language:
                yield document, body


def run(arguments):
    environment = dict(os.environ, NO_COLOR="1", PATH=f"{Path(LRC).parent}:{os.environ['PATH']}")
    result = subprocess.run(arguments, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=ROOT, env=environment)
    return result.stdout


class Documents(unittest.TestCase):
    maxDiff = None

    def test_policies_compile(self):
        found = list(blocks("lrc"))
        self.assertGreaterEqual(len(found), 5)
        for document, body in found:
            result = subprocess.run([LRC, "check", "-"], input=body, text=True, capture_output=True)
            self.assertEqual(0, result.returncode, f"{document}\n{body}{result.stderr}")

    def test_consoles_print_what_they_show(self):
        found = list(blocks("console"))
        self.assertGreaterEqual(len(found), 1)
        for document, body in found:
            for command in re.split(r"^\$ ", body, flags=re.MULTILINE)[1:]:
                call, _, shown = command.partition("\n")
                self.assertEqual(shown, run(shlex.split(call)), f"{document}: {call}")

    def test_embeddings_compile(self):
        found = list(blocks("cpp"))
        self.assertGreaterEqual(len(found), 1)
        for document, body in found:
            with tempfile.TemporaryDirectory() as folder:
                source = Path(folder, "embedding.cpp")
                source.write_text('#include <cstdio>\n#include "lrc_cuda.hpp"\nvoid embedding(const std::vector<std::string>& names) {\n' + body + "}\n")
                result = subprocess.run([COMPILER, "-std=c++20", "-fsyntax-only", "-I", ROOT / "runtime/abi", source],
                                        text=True, capture_output=True)
                self.assertEqual(0, result.returncode, f"{document}\n{result.stderr}")

    def test_programs_in_c_compile_as_c99(self):
        found = [(document, body) for document, body in blocks("c") if '#include "lrc.h"' in body]
        self.assertGreaterEqual(len(found), 1)
        for document, body in found:
            result = subprocess.run(["cc", "-std=c99", "-Wall", "-Wextra", "-Werror", "-fsyntax-only", "-I", ROOT / "runtime/abi", "-xc", "-"],
                                    input=body, text=True, capture_output=True)
            self.assertEqual(0, result.returncode, f"{document}\n{result.stderr}")

    def test_example_policies_compile(self):
        examples = sorted(ROOT.glob("examples/**/*.lrp"))
        self.assertGreaterEqual(len(examples), 2)
        for path in examples:
            result = subprocess.run([LRC, "check", path], text=True, capture_output=True)
            self.assertEqual(0, result.returncode, result.stderr)

    def test_links_lead_somewhere(self):
        for document in DOCUMENTS:
            for target in re.findall(r"\]\(([^)#]+)\)", document.read_text()):
                self.assertTrue((document.parent / target).exists(), f"{document}: {target}")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
