import ctypes
import os
import sys
import tempfile
import unittest
import unittest.mock
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

    def test_a_policy_without_lr_logs_the_optimizer_s(self):
        optimizer, scheduler = lrc.huggingface.optimizers(
            Model(), "policy w version 1 {\n run 12 steps\n weight_decay = linear from 0.1 to 0\n}", options={"lr": 0.25})
        optimizer.step()
        self.assertEqual([0.25], scheduler.get_last_lr())

    def trainer(self, policy=SENTENCE, facts=FACTS, max_steps=40, sinks=(), report_to=(), **arguments):
        model = Model()
        optimizer, scheduler = lrc.huggingface.optimizers(model, policy, **facts)
        data = [{"x": torch.randn(2), "labels": torch.zeros(1)} for _ in range(64)]
        recorder = Recorder(scheduler)
        settings = TrainingArguments(output_dir=self.folder, max_steps=max_steps, per_device_train_batch_size=2, logging_steps=1, report_to=list(report_to),
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
                self.assertEqual(self.curve[:40], [line["learning_rate"] for line in trainer.state.log_history if "learning_rate" in line])

    def test_what_stands_before_the_callback_logs_the_same(self):
        try:
            from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
        except ImportError as missing:
            self.skipTest(f"tensorboard: {missing}")
        with unittest.mock.patch.dict(os.environ, TENSORBOARD_LOGGING_DIR=f"{self.folder}/tensorboard"):
            self.trainer(report_to=["tensorboard"], save_strategy="no")[0].train()
        read = EventAccumulator(f"{self.folder}/tensorboard").Reload()
        logged = [(scalar.step, scalar.value) for scalar in read.Scalars("train/learning_rate")]
        self.assertEqual([(k + 1, ctypes.c_float(value).value) for k, value in enumerate(self.curve[:40])], logged)

    def test_a_checkpoint_goes_on(self):
        self.trainer(save_steps=15, save_strategy="steps")[0].train()
        trainer, scheduler, recorder = self.trainer(save_strategy="no")
        trainer.train(resume_from_checkpoint=f"{self.folder}/checkpoint-15")
        self.assertEqual(self.curve[15:40], recorder.used)

    def test_a_state_is_gone_on_from_by_its_word(self):
        self.trainer(save_steps=15, save_strategy="steps")[0].train()
        changed = {"run": "40 steps", "peak": 2e-2}
        curve = lrc.compile(SENTENCE).values(range(41), **changed).tolist()
        for word, stands in (("rebind", 15), ("rewind to 5", 5), ("rewind to 0", 0)):
            with self.subTest(word):
                trainer, scheduler, recorder = self.trainer(facts={**changed, "resume": word}, save_strategy="no")
                trainer.train(resume_from_checkpoint=f"{self.folder}/checkpoint-15")
                self.assertEqual(curve[stands:stands + 25], recorder.used)

    def test_a_schedule_that_does_not_belong_to_the_training_is_refused(self):
        trainer, scheduler, _ = self.trainer(save_steps=15, save_strategy="steps", save_only_model=True)
        trainer.train()
        with self.assertRaisesRegex(lrc.Refused, "at update 0, and the schedule stands at 40: it is another training's"):
            trainer.train()
        with self.assertRaisesRegex(lrc.Refused, "at update 15, and the schedule stands at 0: its state is not in this checkpoint"):
            self.trainer()[0].train(resume_from_checkpoint=f"{self.folder}/checkpoint-15")

    def test_words_reach_the_scheduler(self):
        scheduler = lrc.huggingface.optimizers(Model(), SENTENCE, conflict="warn", freeze=False, **FACTS)[1]
        self.assertEqual(("warn", False), (scheduler.conflict, scheduler.freeze))

    def test_a_plan_of_another_length_is_said(self):
        trainer, *_ = self.trainer(max_steps=20, save_strategy="no")
        with self.assertWarnsRegex(lrc.ScheduleWarning, "plans 20 updates, and the policy's run has 40"):
            trainer.train()

    def test_what_is_evaluated_behind_the_training_or_twice_is_no_evaluation_of_it(self):
        class Again(TrainerCallback):
            def on_evaluate(self, args, state, control, metrics=None, **kwargs):
                ours.on_evaluate(args, state, control, {"eval_loss": metrics["eval_loss"] + 1})
        trainer, scheduler, _ = self.trainer(PLATEAU, {}, save_strategy="no", eval_strategy="steps", eval_steps=10)
        ours = next(each for each in trainer.callback_handler.callbacks if isinstance(each, lrc.huggingface.Callback))
        trainer.add_callback(Again())
        trainer.train()
        trainer.evaluate([{"x": torch.full((2,), 9.0), "labels": torch.zeros(1)}])
        told = [event["update"] for event in scheduler.events() if event["event"] == "observation" and event["metric"] == "eval_loss"]
        self.assertEqual([10, 20, 30, 40], told)

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
