#!/usr/bin/env python3
"""The component `torch` of an installed lrc, in a project that knows nothing else of it.

    installed_test.py CMAKE BUILD TORCH_DIR CXX
"""
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

CMAKE, BUILD, TORCH_DIR, COMPILER = sys.argv[1:]
CONSUMER = Path(__file__).resolve().parent / "consumer"


def call(*words):
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True)
    if done.returncode != 0:
        raise AssertionError(f"{words}\n{done.stdout}{done.stderr}")
    return done.stdout


class Installed(unittest.TestCase):
    def test_another_project_finds_and_uses_it(self):
        with tempfile.TemporaryDirectory(prefix="lrc_consumer_") as folder:
            prefix, build = Path(folder, "prefix"), Path(folder, "build")
            call(CMAKE, "--install", BUILD, "--prefix", prefix)
            call(CMAKE, "-S", CONSUMER, "-B", build, f"-DCMAKE_PREFIX_PATH={prefix}", f"-DTorch_DIR={TORCH_DIR}",
                 f"-DCMAKE_CXX_COMPILER={COMPILER}")
            call(CMAKE, "--build", build)
            self.assertEqual("0.5\n", call(build / "trainer"))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
