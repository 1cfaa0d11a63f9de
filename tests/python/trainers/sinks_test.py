"""Events as the loggers' own clients give them back."""
import os
import sys
import tempfile
import unittest

os.environ.update(WANDB_MODE="offline", WANDB_SILENT="true", MLFLOW_DISABLE_TELEMETRY="true", GIT_PYTHON_REFRESH="quiet")

import lrc
import lrc.sinks

PLATEAU = "policy p version 2 {\n run 40 steps\n peak 1e-2\n lr = constant\n on plateau of val_loss falling for 1 eval { lr by 0.5, not below 0.01x }\n}"
JOINED = 'policy p version 1 {\n run 4 steps\n peak 1\n lr = constant\n group a matches "a*" { lr by 0.5 }\n group b matches "*b" { lr by 0.5 }\n}'
LINES = ['{"event":"firing","update":12,"rule":"plateau","value":0.5}', '{"event":"firing","update":20,"value":0.25}']


class Sinks(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.run_ = lrc.compile(PLATEAU).bind()

    def fill(self, sink):
        for line in LINES:
            sink(line)
        sink.values(self.run_)

    def test_mlflow(self):
        try:
            import mlflow
        except ImportError as missing:
            self.skipTest(f"mlflow: {missing}")
        mlflow.set_tracking_uri(f"sqlite:///{self.folder}/runs.db")
        with self.assertRaisesRegex(ValueError, "no run of mlflow is active"):
            lrc.sinks.MLflow(self.run_)
        with mlflow.start_run() as started:
            self.fill(lrc.sinks.MLflow(self.run_))
            joined = lrc.compile(JOINED).bind(names=["ab"])
            joined.advance()
            lrc.sinks.MLflow(joined).values(joined)
        client = mlflow.MlflowClient()
        history = client.get_metric_history(started.info.run_id, "lrc/firing/value")
        self.assertEqual([(12, 0.5), (20, 0.25)], [(metric.step, metric.value) for metric in history])
        self.assertEqual([(0, 1e-2), (1, 1.0)], [(m.step, m.value) for m in client.get_metric_history(started.info.run_id, "lrc/lr")])
        self.assertEqual([0.25], [metric.value for metric in client.get_metric_history(started.info.run_id, "lrc/lr/a.b")])
        self.assertEqual(joined.hash, client.get_run(started.info.run_id).data.tags["lrc.hash"])

    def test_wandb(self):
        try:
            import wandb
        except ImportError as missing:
            self.skipTest(f"wandb: {missing}")
        with wandb.init(project="lrc", dir=self.folder, mode="offline") as run:
            self.fill(lrc.sinks.WandB(self.run_, run))
            self.assertEqual(self.run_.hash, run.config["lrc.hash"])
            summary = dict(run.summary)
        self.assertEqual((2, 0.25, 1e-2), tuple(summary[f"lrc/{name}"] for name in ("events/firing", "firing/value", "lr")))

    def test_tensorboard(self):
        try:
            from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
            from torch.utils.tensorboard import SummaryWriter
        except ImportError as missing:
            self.skipTest(f"tensorboard: {missing}")
        with SummaryWriter(self.folder) as writer:
            self.fill(lrc.sinks.TensorBoard(self.run_, writer))
        read = EventAccumulator(self.folder).Reload()
        self.assertEqual([(12, 0.5), (20, 0.25)], [(scalar.step, scalar.value) for scalar in read.Scalars("lrc/firing/value")])

    def test_matplotlib(self):
        try:
            import matplotlib
            matplotlib.use("Agg")
        except ImportError as missing:
            self.skipTest(f"matplotlib: {missing}")
        axes = self.run_.plot().matplotlib()
        self.assertEqual(self.run_.values(range(40)).tolist(), list(axes.lines[0].get_ydata()))


if __name__ == "__main__":
    result = unittest.main(verbosity=2, exit=False).result
    sys.exit(0 if result.wasSuccessful() else 1)  # wandb hands it on, and takes no bool
