import os
import sys
import tempfile
import unittest
import warnings

import lrc

os.environ.update(HF_HUB_OFFLINE="1", TRANSFORMERS_VERBOSITY="error", WANDB_MODE="offline")
try:
    import torch
    from transformers import Trainer, TrainerCallback, TrainingArguments

    import lrc.huggingface
except ImportError as missing:
    print("skipped:", f"transformers: {missing}")
    sys.exit(0)

SENTENCE = "warmup 10 steps linear then cosine to 0.1x"
PLATEAU = "policy p version 1 {\n run 40 steps\n peak 1e-2\n lr = constant\n on plateau of eval_loss falling for 1 eval { lr by 0.5, not below 0.01x }\n}"
FACTS = {"run": "40 steps", "peak": 1e-2}


class Model(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = torch.nn.Linear(2, 1)

    def forward(self, x, labels=None):
        return {"loss": self.layer(x).square().mean(), "logits": self.layer(x)}


class Recorder(TrainerCallback):
    def __init__(self, scheduler):
        self.scheduler, self.used, self.logged = scheduler, [], []

    def on_step_end(self, args, state, control, **kwargs):
        self.used.append(self.scheduler.used())

    def on_log(self, args, state, control, logs=None, **kwargs):
        if logs and "learning_rate" in logs:
            self.logged.append(logs["learning_rate"])


class HuggingFace(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.curve = lrc.compile(SENTENCE).values(range(41), **FACTS).tolist()

    def trainer(self, policy=SENTENCE, facts=FACTS, max_steps=40, sinks=(), **arguments):
        model = Model()
        optimizer, scheduler = lrc.huggingface.optimizers(model, policy, **facts)
        data = [{"x": torch.randn(2), "labels": torch.zeros(1)} for _ in range(64)]
        recorder = Recorder(scheduler)
        settings = TrainingArguments(output_dir=self.folder, max_steps=max_steps, per_device_train_batch_size=2, logging_steps=1, report_to=[],
                                     use_cpu=True, disable_tqdm=True, **arguments)
        trainer = Trainer(model=model, args=settings, train_dataset=data, eval_dataset=data[:4], optimizers=(optimizer, scheduler),
                          callbacks=[lrc.huggingface.Callback(scheduler, *sinks), recorder])
        return trainer, scheduler, recorder

    def test_each_update_uses_and_logs_its_value(self):
        for accumulate in (1, 4):
            with self.subTest(accumulate=accumulate), warnings.catch_warnings():
                warnings.simplefilter("error", lrc.ScheduleWarning)
                trainer, scheduler, recorder = self.trainer(gradient_accumulation_steps=accumulate, save_strategy="no")
                trainer.train()
                self.assertEqual(self.curve[:40], recorder.used)
                self.assertEqual(self.curve[:40], recorder.logged)

    def test_a_checkpoint_goes_on(self):
        self.trainer(save_steps=15, save_strategy="steps")[0].train()
        trainer, scheduler, recorder = self.trainer(save_strategy="no")
        trainer.train(resume_from_checkpoint=f"{self.folder}/checkpoint-15")
        self.assertEqual(self.curve[15:40], recorder.used)

    def test_a_plan_of_another_length_is_said(self):
        trainer, *_ = self.trainer(max_steps=20, save_strategy="no")
        with self.assertWarnsRegex(lrc.ScheduleWarning, "plans 20 updates, and the policy's run has 40"):
            trainer.train()

    def test_evaluations_reach_the_rules_and_events_the_sinks(self):
        lines = []
        trainer, scheduler, recorder = self.trainer(PLATEAU, {}, sinks=[lines.append], save_strategy="no", eval_strategy="steps", eval_steps=10)

        def constant(model, inputs, return_outputs=False, **kwargs):
            outputs = model(**inputs)
            return (outputs["loss"] * 0 + 1.0, outputs) if return_outputs else outputs["loss"] * 0 + 1.0
        trainer.compute_loss = constant
        trainer.train()
        self.assertEqual([1e-2] * 20 + [5e-3] * 10 + [2.5e-3] * 10, recorder.used)
        self.assertEqual(3, sum('"event":"firing"' in line for line in lines), lines)


if __name__ == "__main__":
    unittest.main(verbosity=2)
