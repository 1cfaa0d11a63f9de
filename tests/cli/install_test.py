#!/usr/bin/env python3
"""`cmake --install` into an empty folder, with what this build has: the installed command finds what it opens
beside it, wherever it is called from.

    install_test.py LRC CMAKE BUILD
"""
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

LRC, CMAKE, BUILD = os.path.abspath(sys.argv[1]), sys.argv[2], os.path.abspath(sys.argv[3])
CALL = ["eval", "warmup 6% linear then cosine to 0.01x", "--run", "100 steps", "--peak", "1",
        "--at", "0,5,6,100", "--format", "csv"]
# 6 updates of warmup: 1/6 at the first, 1x at the sixth; then the cosine from 1x to 0.01x.
VALUES = "step,lr\n0,0.16666666666666666\n5,1\n6,1\n100,0.01\n"


def run(*call, folder="/"):
    # What would lead the installed command to the build, or spare it the library.
    clean = {name: value for name, value in os.environ.items() if name not in ("LRC_LIBRARY_PATH", "LD_LIBRARY_PATH")}
    clean["LRC_CACHE"] = "off"
    return subprocess.run(call, cwd=folder, env=clean, text=True, capture_output=True)


def install_scripts():
    """Of this build. Not looked for in build/python, which holds all of torch."""
    folders = [path for path in Path(BUILD).iterdir() if path.is_dir() and path.name != "python"]
    return [Path(BUILD, "cmake_install.cmake"), *(path for folder in folders for path in folder.rglob("cmake_install.cmake"))]


class Install(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="lrc_install_")
        cls.addClassCleanup(folder.cleanup)
        cls.elsewhere = Path(folder.name, "elsewhere")
        cls.elsewhere.mkdir()
        cls.prefix = Path(folder.name, "prefix")
        cls.installed = run(CMAKE, "--install", BUILD, "--prefix", cls.prefix)
        cls.lrc = cls.prefix / "bin/lrc"

    def setUp(self):
        self.assertEqual(0, self.installed.returncode, self.installed.stdout + self.installed.stderr)

    def test_the_interpreter_works_from_another_folder(self):
        result = run(self.lrc, *CALL, folder=self.elsewhere)
        self.assertEqual((0, VALUES), (result.returncode, result.stdout), result.stderr)

    def test_the_jit_is_found_beside_it(self):
        if "jit (not found)" in run(LRC, "--version").stdout:
            self.skipTest("this build has no JIT: LLVM 19 was not found, or lrc_jit is not built")
        result = run(self.lrc, *CALL, "--backend", "jit", folder=self.elsewhere)
        self.assertEqual((0, VALUES), (result.returncode, result.stdout), result.stderr)

    def test_it_is_the_installed_library_that_is_used(self):
        libraries = list(self.prefix.rglob("liblrc_jit.so"))
        if not libraries:
            self.skipTest("this build has no JIT to install")
        moved = self.prefix.with_name("moved")
        shutil.copytree(self.prefix, moved)
        call = [moved / "bin/lrc", *CALL, "--backend", "jit"]
        self.assertEqual(0, run(*call).returncode, "an installation may be moved")
        for library in moved.rglob("liblrc_jit.so"):
            library.unlink()
        self.assertEqual(3, run(*call).returncode)

    def test_a_build_of_the_command_alone(self):
        # As `ninja lrc` leaves it: the scripts that install this build, and of what they install the command alone.
        build = self.elsewhere / "build"
        for script in install_scripts():
            copy = build / script.relative_to(BUILD)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_text(script.read_text().replace(BUILD, str(build)))
        (build / "bin").mkdir(exist_ok=True)
        shutil.copy(Path(BUILD, "bin/lrc"), build / "bin/lrc")
        for package in Path(BUILD).glob("lrcConfig*.cmake"):
            shutil.copy(package, build)
        shutil.copytree(Path(BUILD, "CMakeFiles/Export"), build / "CMakeFiles/Export")
        prefix = self.elsewhere / "prefix"
        installed = run(CMAKE, "--install", build, "--prefix", prefix)
        self.assertEqual(0, installed.returncode, installed.stdout + installed.stderr)
        result = run(prefix / "bin/lrc", *CALL)
        self.assertEqual((0, VALUES), (result.returncode, result.stdout), result.stderr)

    def test_headers_of_the_runtime(self):
        for header in ("lrc.h", "lrc.hpp", "torch/optimizer.h", "lrc_device.cuh"):
            self.assertTrue((self.prefix / "include/lrc" / header).is_file(), header)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)  # with the reason of a skip
