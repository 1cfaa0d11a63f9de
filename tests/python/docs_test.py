"""Every ```python block of docs/python.md runs, in its order, in one process; `>>>` lines print what they show."""
import doctest
import os
import re
import tempfile
import unittest
from pathlib import Path

import torch

DOCUMENT = Path(__file__).parents[2] / "docs/python.md"
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


class Document(unittest.TestCase):
    def test_blocks(self):
        text = DOCUMENT.read_text()
        blocks = BLOCK.findall(text)
        self.assertGreaterEqual(len(blocks), 8)
        torch.manual_seed(1)
        names = {}
        before = os.getcwd()
        self.addCleanup(os.chdir, before)
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        os.chdir(folder.name)
        for block in blocks:
            if ">>>" not in block:
                exec(compile(block, str(DOCUMENT), "exec"), names)
                continue
            example = doctest.DocTestParser().get_doctest(block, names, "docs/python.md", str(DOCUMENT), 0)
            runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.IGNORE_EXCEPTION_DETAIL)
            runner.run(example, clear_globs=False)
            names = example.globs
            self.assertEqual(0, runner.summarize(verbose=False).failed, block)


if __name__ == "__main__":
    unittest.main(verbosity=1)
