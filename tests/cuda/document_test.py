#!/usr/bin/env python3
"""The program in docs/cuda.md runs to its end under the double of the driver, which computes nothing.

    document_test.py DOCUMENT HEADERS LIBRARY DRIVER
"""
import os
import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

DOCUMENT, HEADERS, LIBRARY, DRIVER = (str(Path(path).resolve()) for path in sys.argv[1:5])


class Document(unittest.TestCase):
    def test_the_program_in_c_runs(self):
        (body,) = re.findall(r"^```c\n(.*?)^```$", Path(DOCUMENT).read_text(), re.MULTILINE | re.DOTALL)
        with tempfile.TemporaryDirectory(prefix="lrc_cuda_document_") as folder:
            source = Path(folder, "trainer.c")
            source.write_text(body)
            program = Path(folder, "trainer")
            subprocess.run(["cc", "-std=c99", "-Wall", "-Wextra", "-Werror", "-I", HEADERS, source, LIBRARY,
                            f"-Wl,-rpath,{Path(LIBRARY).parent}", "-o", program], check=True)
            environment = dict(os.environ, LRC_CUDA_DRIVER=DRIVER, LRC_LIBRARY_PATH=str(Path(LIBRARY).parent))
            result = subprocess.run([program], cwd=folder, env=environment, text=True, capture_output=True)
            self.assertEqual((0, ""), (result.returncode, result.stderr))
            self.assertTrue(Path(folder, "run.state").read_text().startswith("lrc state 2"))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
