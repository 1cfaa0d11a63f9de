"""Every ```python block of docs/python.md runs, in its order, in one process; `>>>` lines print what they show."""
import doctest
import os
import re
import tempfile
import unittest
from pathlib import Path

import torch

import lrc.torch

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

    def test_the_readme(self):
        """Its policy file, in its two lines of PyTorch."""
        text = DOCUMENT.parents[1].joinpath("README.md").read_text()
        policy = re.findall(r"^```lrc\n(policy .*?)^```$", text, re.MULTILINE | re.DOTALL)[0]
        block, = BLOCK.findall(text)
        model = torch.nn.Sequential()
        model.add_module("layer", torch.nn.Linear(4, 4))
        model.add_module("norm", torch.nn.LayerNorm(4))
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, "pretrain.lrp").write_text(policy)
            names = {"torch": torch, "lrc": lrc, "model": model}
            exec(block.replace('"pretrain.lrp"', repr(f"{folder}/pretrain.lrp")), names)
        optimizer, scheduler = names["optimizer"], names["scheduler"]
        used = []
        for _ in range(3):
            model(torch.ones(2, 4)).sum().backward()
            optimizer.step()
            used.append(scheduler.used("lr"))
        for update, lr in enumerate(used):  # 2000 updates of warmup, read at their ends
            self.assertAlmostEqual(3e-4 * (update + 1) / 2000, lr, delta=1e-20)
        self.assertEqual([0.1, 0.0], [group["weight_decay"] for group in optimizer.param_groups])


if __name__ == "__main__":
    unittest.main(verbosity=1)
