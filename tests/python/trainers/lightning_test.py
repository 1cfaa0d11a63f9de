import logging
import sys
import tempfile
import unittest
import warnings

import lrc

try:
    import lightning
    import torch

    import lrc.lightning
    import lrc.torch
except ImportError as missing:
    print("skipped:", f"lightning: {missing}")
    sys.exit(0)

SENTENCE = "warmup 10 steps linear then cosine to 0.1x"
FACTS = {"run": "40 steps", "peak": 1e-2}
logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)


class Module(lightning.LightningModule):
    def __init__(self, interval):
        super().__init__()
        self.layer = torch.nn.Linear(2, 1)
        self.interval, self.used = interval, []

    def training_step(self, batch, index):
        return self.layer(batch[0]).square().mean()

    def on_train_batch_start(self, batch, index):
        self.before = self.scheduler.last_epoch

    def on_train_batch_end(self, outputs, batch, index):
        if self.scheduler.last_epoch > self.before:
            self.used += [self.scheduler.used()] * (self.scheduler.last_epoch - self.before)

    def configure_optimizers(self):
        optimizer = torch.optim.SGD(self.parameters(), lr=1.0)
        self.scheduler = lrc.torch.Scheduler(optimizer, SENTENCE, **FACTS)
        if self.interval == "step":
            return lrc.lightning.configured(self.scheduler)
        return [optimizer], [self.scheduler]  # Lightning's default: the epoch


def train(module, folder, epochs=4, accumulate=1, resume=None):
    data = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(torch.randn(20, 2)), batch_size=2)
    trainer = lightning.Trainer(max_epochs=epochs, accumulate_grad_batches=accumulate, logger=False, accelerator="cpu", default_root_dir=folder,
                                enable_progress_bar=False, enable_model_summary=False, enable_checkpointing=False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error" if module.interval == "step" else "always", lrc.ScheduleWarning)
        trainer.fit(module, data, ckpt_path=resume)
    return trainer


class Lightning(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.curve = lrc.compile(SENTENCE).values(range(41), **FACTS).tolist()

    def check(self, module, updates):
        self.assertEqual(updates, module.scheduler.last_epoch)
        self.assertEqual(self.curve[updates], module.scheduler.value())
        self.assertEqual(self.curve[:updates], module.used)

    def test_each_update_has_its_value(self):
        module = Module("step")
        train(module, self.folder)
        self.check(module, 40)

    def test_the_default_interval_of_an_epoch_changes_nothing(self):
        module = Module("epoch")
        with self.assertWarnsRegex(lrc.ScheduleWarning, "after 10 updates"):
            data = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(torch.randn(20, 2)), batch_size=2)
            lightning.Trainer(max_epochs=4, logger=False, accelerator="cpu", default_root_dir=self.folder, enable_progress_bar=False,
                              enable_model_summary=False, enable_checkpointing=False).fit(module, data)
        self.check(module, 40)

    def test_accumulated_gradients(self):
        module = Module("step")
        train(module, self.folder, accumulate=5)
        self.check(module, 8)

    def test_a_checkpoint_goes_on(self):
        path = f"{self.folder}/half.ckpt"
        train(Module("step"), self.folder, epochs=2).save_checkpoint(path)
        module = Module("step")
        train(module, self.folder, epochs=4, resume=path)
        self.assertEqual((40, self.curve[40]), (module.scheduler.last_epoch, module.scheduler.value()))
        self.assertEqual(self.curve[20:40], module.used)


if __name__ == "__main__":
    unittest.main(verbosity=2)
