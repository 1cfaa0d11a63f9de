#!/usr/bin/env python3
"""`lrc eval --backend jit` of a policy that was compiled before does not open LLVM.

    cache_test.py LRC
"""
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

LRC = os.path.abspath(sys.argv[1])
CALL = ["eval", "warmup 6% linear then cosine to 0.01x", "--run", "100K steps", "--peak", "3e-4",
        "--at", "0,5999,6000,99999", "--format", "csv"]


class Cache(unittest.TestCase):
    def setUp(self):
        if "jit (not found)" in subprocess.run([LRC, "--version"], text=True, capture_output=True).stdout:
            self.skipTest("this build has no JIT: LLVM 19 was not found, or lrc_jit is not built")
        folder = tempfile.TemporaryDirectory(prefix="lrc_cache_")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name) / "cache"

    def values(self, *call, opens_llvm, **environment):
        """The values, after the dynamic linker has said which libraries it opens."""
        clean = {name: value for name, value in os.environ.items() if not name.startswith("LRC_CACHE")}
        result = subprocess.run([LRC, *CALL, *call], text=True, capture_output=True, env={
            **clean, "LRC_CACHE_DIR": str(self.folder), "LD_DEBUG": "files", **environment})
        self.assertEqual(0, result.returncode, result.stderr)
        self.assertIn("libc.so", result.stderr)
        self.assertEqual(opens_llvm, "liblrc_jit.so" in result.stderr)
        return result.stdout

    def test_llvm_is_opened_once(self):
        expected = self.values("--backend", "interp", opens_llvm=False)
        self.assertFalse(self.folder.exists())
        self.assertEqual(expected, self.values("--backend", "jit", opens_llvm=True))
        self.assertEqual(1, len(list(self.folder.iterdir())))
        self.assertEqual(expected, self.values("--backend", "jit", opens_llvm=False))
        self.assertEqual(expected, self.values("--backend", "jit", "--run", "100K steps", opens_llvm=False))

    def test_off(self):
        expected = self.values("--backend", "jit", opens_llvm=True)
        self.assertEqual(expected, self.values("--backend", "jit", opens_llvm=True, LRC_CACHE="off"))

    def test_no_place_for_it(self):
        self.values("--backend", "jit", opens_llvm=True, LRC_CACHE_DIR="/proc/nowhere")
        self.assertFalse(self.folder.exists())


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)  # with the reason of a skip
