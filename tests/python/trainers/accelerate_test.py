import json
import os
import socket
import subprocess
import sys
import tempfile
import unittest

import lrc

try:
    import accelerate
    import torch

    import lrc.torch
except ImportError as missing:
    print("skipped:", f"accelerate: {missing}")
    sys.exit(0)

SENTENCE = "warmup 10 steps linear then cosine to 0.1x"
FACTS = {"run": "40 steps", "peak": 1e-2}


def trained(accumulate, prepared, after=False):
    """In each process: the values that ten updates used, and what was warned of."""
    import warnings
    accelerator = accelerate.Accelerator(cpu=True, gradient_accumulation_steps=accumulate)
    model = torch.nn.Linear(2, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=1.0)
    if after:
        model, optimizer = accelerator.prepare(model, optimizer)
    scheduler = ours = lrc.torch.Scheduler(optimizer, SENTENCE, **FACTS)
    if not after:
        model, optimizer = accelerator.prepare(model, optimizer)
    if prepared:
        scheduler = accelerator.prepare(scheduler)
    used = []
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", lrc.ScheduleWarning)
        for _ in range(10 * accumulate):
            with accelerator.accumulate(model):
                before = ours.last_epoch
                accelerator.backward(model(torch.randn(4, 2)).square().mean())
                optimizer.step()
                scheduler.step()
                optimizer.zero_grad()
                if ours.last_epoch > before:
                    used += [ours.used()] * (ours.last_epoch - before)
    said = [str(warning.message) for warning in caught if issubclass(warning.category, lrc.ScheduleWarning)]
    return {"processes": accelerator.num_processes, "used": used, "said": said}


def launched(*arguments):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    workers = [subprocess.Popen([sys.executable, __file__, "worker", *map(str, arguments)], stdout=subprocess.PIPE, text=True,
                                env={**os.environ, "RANK": str(rank), "LOCAL_RANK": str(rank), "WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1",
                                     "MASTER_PORT": str(port), "OMP_NUM_THREADS": "1"}) for rank in range(2)]
    return [json.loads(worker.communicate(timeout=120)[0].splitlines()[-1]) for worker in workers]


class Accelerate(unittest.TestCase):
    curve = lrc.compile(SENTENCE).values(range(10), **FACTS).tolist()

    def test_a_prepared_scheduler_is_called_once_per_process_and_moves_once(self):
        for result in launched(1, 1):
            self.assertEqual(2, result["processes"])
            self.assertEqual(self.curve, result["used"])
            self.assertEqual(1, len(result["said"]))
            self.assertIn("accelerator.prepare()", result["said"][0])

    def test_one_that_is_not_prepared_needs_no_warning(self):
        for result in launched(1, 0):
            self.assertEqual((self.curve, []), (result["used"], result["said"]))

    def test_a_registered_scheduler_is_in_the_saved_state(self):
        def made():
            accelerator = accelerate.Accelerator(cpu=True)
            model = torch.nn.Linear(2, 1)
            optimizer = torch.optim.SGD(model.parameters(), lr=1.0)
            scheduler = lrc.torch.Scheduler(optimizer, SENTENCE, **FACTS)
            model, optimizer = accelerator.prepare(model, optimizer)
            accelerator.register_for_checkpointing(scheduler)
            return accelerator, model, optimizer, scheduler

        def update(accelerator, model, optimizer):
            accelerator.backward(model(torch.ones(4, 2)).square().mean())
            optimizer.step()
        with tempfile.TemporaryDirectory() as folder:
            accelerator, model, optimizer, _ = made()
            for _ in range(7):
                update(accelerator, model, optimizer)
            accelerator.save_state(folder)
            accelerator, model, optimizer, scheduler = made()
            accelerator.load_state(folder)
            update(accelerator, model, optimizer)
        self.assertEqual((8, self.curve[7]), (scheduler.last_epoch, scheduler.used()))

    def test_accumulated_gradients(self):
        result = trained(4, True)
        self.assertEqual((self.curve, []), (result["used"], result["said"]))

    def test_a_scheduler_of_a_prepared_optimizer(self):
        for accumulate in (1, 4):
            result = trained(accumulate, False, after=True)
            self.assertEqual(self.curve, result["used"])


if __name__ == "__main__":
    if sys.argv[1:2] == ["worker"]:
        print(json.dumps(trained(*map(int, sys.argv[2:]))))
    else:
        unittest.main(verbosity=2)
