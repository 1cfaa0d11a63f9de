"""lrc.torch.DeviceScheduler without a GPU: the CUDA driver is a double whose memory is the host's, and its kernel is the
text that the GPU's is compiled from. Tensors are on the CPU. What needs a GPU is in tests/gpu.

    LRC_CUDA_DRIVER=FAKE_DRIVER PYTHONPATH=BUILD/python_package python device_test.py KERNEL_DOUBLE
"""
import contextlib
import copy
import ctypes
import gc
import io
import itertools
import os
import random
import subprocess
import sys
import threading
import types
import unittest
import warnings
from collections import Counter
from pathlib import Path
from unittest import mock

sys.path.append(str(Path(__file__).parents[1] / "gpu"))
import part
import torch_device

import lrc

try:
    import numpy
    import torch
    import torch.distributed
    from torch._subclasses.fake_tensor import DataDependentOutputException, FakeTensorMode

    import lrc.device
    import lrc.torch
except ImportError as missing:
    print("skipped:", f"torch is not installed: {missing}")
    sys.exit(0)

_DOUBLE, _FLOAT = 0, 1  # lrc_device_place
fake = ctypes.CDLL(os.environ["LRC_CUDA_DRIVER"])
fake.fake_kernel.argtypes = [ctypes.c_void_p, ctypes.c_void_p]
fake.fake_capture.argtypes = [ctypes.c_void_p, ctypes.c_int]
fake.fake_calls.argtypes = [ctypes.c_void_p, ctypes.c_size_t]
fake.fake_calls.restype = ctypes.c_size_t
kernel = ctypes.CDLL(sys.argv[1])
kernel.program_of.restype = ctypes.c_void_p
kernel.program_of.argtypes = [ctypes.c_void_p]

SENTENCE = "warmup 10 steps linear then cosine to 0.1x"
FACTS = {"run": "100 steps", "peak": 1e-3}
RULED = """policy ruled version 1 {
  run 100 steps
  peak 1e-3
  lr           = warmup 10 steps linear then cosine to 0.1x
  weight_decay = 0.1
  grad_clip    = linear from 1 to 0.5
  on plateau of val_loss falling for 2 evals { lr by 0.5, not below 0.01x }
  on spike of loss above 2 times its mean over 5 steps { lr by 0.3 for 9 steps  grad_clip by 0.5 for 3 steps }
  on nonfinite loss { lr by 0.5 for 3 steps }
  group norms matches "*norm*", "*.bias" { weight_decay = 0 }
  group head  matches "head.*" { lr = 0.5x  frozen for 5 steps }
}"""


class HostMemory:
    """In place of the GPU: the double's memory as CPU tensors."""

    def __init__(self, device):
        self.device, self.index = device, 0

    def view(self, memory):
        told = types.SimpleNamespace(__array_interface__=memory.__cuda_array_interface__, memory=memory)
        return torch.from_numpy(numpy.asarray(told))

    def stream(self):
        return 0

    def is_capturing(self):
        return False


def made(optimizer, policy=SENTENCE, **options):
    """A DeviceScheduler over the double, whose kernel is that of its run."""
    if not isinstance(policy, lrc.Run):
        facts = {name: options.pop(name) for name in ("run", "peak") if name in options}
        names = lrc.attach.names_of(optimizer)
        policy = lrc.compile(policy).bind(names=names, **(facts or (FACTS if policy == SENTENCE else {})))
    handle = ctypes.c_void_p.from_address(id(policy) + object.__basicsize__).value  # RunObject, behind its head
    fake.fake_kernel(ctypes.cast(kernel.run_kernel, ctypes.c_void_p), kernel.program_of(handle))
    return lrc.device.DeviceScheduler(optimizer, policy, **options)


def calls():
    size = fake.fake_calls(None, 0)
    buffer = ctypes.create_string_buffer(size + 1)
    fake.fake_calls(buffer, size + 1)
    return Counter(buffer.value.decode().split())


def adamw(**options):
    return torch.optim.AdamW([torch.nn.Parameter(torch.ones(2))], lr=1.0, **{"fused": True, "capturable": True, **options})


class Model(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.body = torch.nn.Linear(3, 3)
        self.norm = torch.nn.LayerNorm(3)
        self.head = torch.nn.Linear(3, 1)


def ruled(**options):
    optimizer = torch.optim.AdamW(lrc.torch.parameter_groups(Model(), RULED), lr=1.0, fused=True, capturable=True)
    return optimizer, made(optimizer, RULED, handled=["grad_clip"], **options)


def update(scheduler):
    """One of a trainer's, captured or not."""
    scheduler.step()
    for group in scheduler.optimizer.param_groups:
        for parameter in group["params"]:
            parameter.grad = torch.ones_like(parameter)
    scheduler.optimizer.step()


def float32(value):
    return torch.tensor(value, dtype=torch.float64).to(torch.float32)


def everything(scheduler):
    """Bits of all values of a scheduler of either kind."""
    run = scheduler.run
    groups = range(len(scheduler.optimizer.param_groups))
    return [scheduler.value(output, group).hex() for group in groups for output in run.outputs]


class OnTheHost(unittest.TestCase):
    def setUp(self):
        patched = mock.patch("lrc.device._Accelerator", HostMemory)
        patched.start()
        self.addCleanup(patched.stop)
        fake.fake_reset()


class Views(OnTheHost):
    def test_numbers_are_the_slots_themselves(self):
        optimizer, scheduler = ruled()
        for index, group in enumerate(optimizer.param_groups):
            slot = scheduler._slot("lr", index)
            self.assertEqual(scheduler._device.address(_FLOAT, slot), group["lr"].data_ptr())
            self.assertEqual((torch.float32, ()), (group["lr"].dtype, group["lr"].shape))
            self.assertEqual(group["lr"].data_ptr(), scheduler.tensor("lr", index).data_ptr())

    def test_they_hold_the_first_update_before_any_kernel_and_each_one_after_it(self):
        optimizer = adamw()
        scheduler = made(optimizer)
        lr = optimizer.param_groups[0]["lr"]
        self.assertEqual(float32(1e-4), lr, "a tenth of the peak: warmup is read at its ends")
        curve = lrc.compile(SENTENCE).values(range(100), **FACTS)
        for step in range(100):
            scheduler.step()
            self.assertEqual(float32(curve[step]), lr)
            self.assertEqual(curve[step], scheduler.value())
            self.assertEqual([curve[step]], scheduler.get_last_lr())
            self.assertEqual(step, scheduler.clock.steps)
            scheduler._begun = False  # no update of the optimizer is looked at here
        self.assertIs(lr, optimizer.param_groups[0]["lr"])

    def test_numbers_that_never_move_are_numbers_and_each_group_has_its_own(self):
        optimizer, scheduler = ruled()
        self.assertEqual([0.1, 0.0, 0.1, 0.0], [group["weight_decay"] for group in optimizer.param_groups])
        self.assertEqual(float32(1.0), scheduler.tensor("grad_clip", 0))
        self.assertEqual([0, 0], [float(group["lr"]) for group in optimizer.param_groups[2:]], "frozen")

    def test_what_a_fused_kernel_reads_is_float32_and_others_have_the_type_of_the_parameters(self):
        for options, wanted in (({"fused": True, "capturable": True}, torch.float32), ({"capturable": True}, torch.float64)):
            optimizer = torch.optim.AdamW([torch.nn.Parameter(torch.ones(2, dtype=torch.float64))], **options)
            made(optimizer)
            self.assertEqual(wanted, optimizer.param_groups[0]["lr"].dtype)

    def test_pairs_and_eps_where_the_optimizer_reads_them_on_the_device(self):
        policy = "policy p version 1 {\n run 10 steps\n peak 1\n lr = constant\n beta2 = linear from 0.9 to 0.99\n eps = linear from 1e-6 to 1e-8\n}"
        optimizer = torch.optim.Adamax([torch.nn.Parameter(torch.ones(1))], capturable=True, foreach=False)
        scheduler = made(optimizer, policy)
        group = optimizer.param_groups[0]
        self.assertEqual(0.9, group["betas"][0])
        self.assertEqual(scheduler.tensor("beta2").data_ptr(), group["betas"][1].data_ptr())
        self.assertEqual(scheduler.tensor("eps").data_ptr(), group["eps"].data_ptr())

    def test_the_clock_counts_what_an_update_takes(self):
        scheduler = made(adamw(), samples=512, tokens=1 << 20)
        for _ in range(4):
            update(scheduler)
        self.assertEqual([3, 3 * 512, 3 << 20, 0], [int(each) for each in scheduler.clock], "the fourth runs")

    def test_a_view_keeps_the_memory(self):
        optimizer = adamw()
        scheduler = made(optimizer)
        lr = optimizer.param_groups[0]["lr"]
        gc.collect()  # of other tests
        fake.fake_reset()
        del scheduler, optimizer
        gc.collect()
        self.assertEqual(0, calls()["cuMemFree"])
        self.assertEqual(float32(1e-4), lr)
        del lr
        gc.collect()
        self.assertEqual(1, calls()["cuMemFree"])


class Bits(OnTheHost):
    """The same as lrc.torch.Scheduler, over any observations and skipped updates."""

    def test_random_runs(self):
        updates = observations = skips = firings = 0
        for seed in range(20):
            chance = random.Random(seed)
            skipped = torch.zeros(())
            _, device = ruled(found_inf=skipped, hooks=False)
            optimizer = torch.optim.AdamW(lrc.torch.parameter_groups(Model(), RULED), lr=1.0)
            host = lrc.torch.Scheduler(optimizer, RULED, handled=["grad_clip"], clock="calls")
            evaluations = Counter()
            for _ in range(150):
                for metric in device.run.metrics:
                    if chance.random() < 0.4:
                        value = chance.choice([chance.uniform(0, 3), chance.uniform(0, 3), float("nan"), 1e300, float("inf")])
                        device.observe(metric, torch.tensor(value, dtype=torch.float64))
                        host.observe(metric, value, evaluations[metric])
                        evaluations[metric] += 1
                        observations += 1
                device.step()
                self.assertEqual(everything(host), everything(device), f"seed {seed}, update {host.last_epoch}")
                updates += 1
                skipped.fill_(chance.random() < 0.2)
                skips += int(skipped)
                if not skipped:
                    host.step()
            self.assertEqual(host.last_epoch - (not skipped), device.clock.steps, "the last one runs")
            self.assertEqual(host.state_dict(), device.state_dict())
            firings += sum(event["event"] == "firing" for event in device.events())
        self.assertGreater(firings, 100)
        print(f"  {updates} updates, {observations} observations, {firings} firings, {skips} skipped updates")

    def test_a_weight_decay_that_moves_by_hand_is_what_adamw_does(self):
        """As the refusal of it and docs/python.md say."""
        policy = "policy p version 1 {\n run 50 steps\n peak 0.1\n lr = constant\n weight_decay = linear from 0.5 to 0.1\n}"
        theirs = torch.optim.AdamW([torch.nn.Parameter(torch.ones(2))])
        lrc.torch.Scheduler(theirs, policy)
        optimizer = adamw(weight_decay=0)
        scheduler = made(optimizer, policy, handled=["weight_decay"])
        for _ in range(50):
            scheduler.step()
            for each in (theirs, optimizer):
                each.param_groups[0]["params"][0].grad = torch.ones(2)
            with torch.no_grad():
                parameters = optimizer.param_groups[0]["params"]
                torch._foreach_mul_(parameters, 1 - scheduler.tensor("lr", 0) * scheduler.tensor("weight_decay", 0))
            optimizer.step()
            theirs.step()
        torch.testing.assert_close(theirs.param_groups[0]["params"], optimizer.param_groups[0]["params"])
        self.assertGreater(parameters[0][0], -3.9, "without any decay it would be 1 - 50 * 0.1")

    def test_events_of_the_device(self):
        optimizer = adamw()
        policy = "policy p version 1 {\n run 100 steps\n peak 1\n lr = constant\n on plateau of val_loss falling for 2 evals { lr by 0.5, at most 3 times }\n}"
        scheduler = made(optimizer, policy)
        for _ in range(3):
            scheduler.observe("val_loss", torch.tensor(2.0))
            update(scheduler)
        self.assertEqual(0.5, float(optimizer.param_groups[0]["lr"]))
        kinds = Counter(event["event"] for event in scheduler.events())
        self.assertEqual((3, 1), (kinds["observation"], kinds["firing"]))
        self.assertEqual([], list(scheduler.events()))


class State(OnTheHost):
    def saved(self, scheduler):
        file = io.BytesIO()
        torch.save({"optimizer": scheduler.optimizer.state_dict(), "scheduler": scheduler.state_dict()}, file)
        file.seek(0)
        return torch.load(file, weights_only=True)

    def host(self):
        optimizer = torch.optim.AdamW(lrc.torch.parameter_groups(Model(), RULED), lr=1.0)
        return lrc.torch.Scheduler(optimizer, RULED, handled=["grad_clip"], clock="calls")

    def moved_on_the_device(self, updates, seed=0):
        chance = random.Random(seed)
        _, scheduler = ruled()
        for _ in range(updates):
            scheduler.observe("val_loss", torch.tensor(chance.random()))
            update(scheduler)
        return scheduler

    def moved_on_the_host(self, updates, seed=0):
        chance, scheduler = random.Random(seed), self.host()
        for evaluation in range(updates):
            # As the tensor above: float32.
            scheduler.observe("val_loss", float(torch.tensor(chance.random())), evaluation)
            scheduler.step()
        return scheduler

    def test_both_ways_at_any_point_and_in_any_order(self):
        for point in (0, 1, 9, 40, 120):
            device, host = self.moved_on_the_device(point), self.moved_on_the_host(point)
            self.assertEqual(host.state_dict(), device.state_dict(), f"after {point} updates")
            for source in (device, host):
                state = self.saved(source)
                for order in (("optimizer", "scheduler"), ("scheduler", "optimizer")):
                    there = self.host()
                    _, here = ruled()
                    for scheduler in (there, here):
                        for name in order:
                            (scheduler.optimizer if name == "optimizer" else scheduler).load_state_dict(state[name])
                    here.step()
                    self.assertEqual(everything(there), everything(here))

    def test_numbers_of_evaluations_go_on(self):
        state = self.moved_on_the_device(7).state_dict()
        _, scheduler = ruled()
        scheduler.load_state_dict(state)
        scheduler.observe("val_loss", 0.5)
        update(scheduler)
        told = [event for event in scheduler.events() if event["event"] == "observation"]
        self.assertEqual([(7, "accepted")], [(event["evaluation"], event["outcome"]) for event in told])

    def test_a_saved_optimizer_has_plain_numbers_of_the_coming_update(self):
        scheduler = self.moved_on_the_device(3)
        lr = self.saved(scheduler)["optimizer"]["param_groups"][0]["lr"]
        self.assertIs(float, type(lr))
        self.assertEqual(scheduler.run.value("lr"), lr)
        self.assertEqual(3, scheduler.run.step)

    def test_loading_keeps_the_views(self):
        scheduler = self.moved_on_the_device(3)
        before = [group["lr"] for group in scheduler.optimizer.param_groups]
        state = self.saved(scheduler)
        scheduler.optimizer.load_state_dict(copy.deepcopy(state["optimizer"]))
        scheduler.load_state_dict(state["scheduler"])
        for view, group in zip(before, scheduler.optimizer.param_groups):
            self.assertIs(view, group["lr"])
        update(scheduler)

    def test_a_scheduler_that_was_not_in_the_checkpoint(self):
        state = self.saved(self.moved_on_the_device(30))
        _, scheduler = ruled()
        scheduler.optimizer.load_state_dict(state["optimizer"])
        with self.assertRaisesRegex(lrc.Refused, "scheduler's state was not loaded"):
            scheduler.step()
        scheduler.keep_clock()
        scheduler.step()

    def test_a_used_optimizer(self):
        used = self.moved_on_the_device(30).optimizer
        fresh = torch.optim.AdamW(lrc.torch.parameter_groups(Model(), RULED), lr=1.0, fused=True, capturable=True)
        for parameter, old in zip(itertools.chain(*(group["params"] for group in fresh.param_groups)), used.state.values()):
            fresh.state[parameter] = copy.deepcopy(old)
        scheduler = made(fresh, RULED, handled=["grad_clip"])
        with self.assertRaisesRegex(lrc.Refused, "of 30 updates, and the schedule stands at update 0"):
            scheduler.step()
        scheduler.keep_clock()
        update(scheduler)

    def test_a_word_before_the_optimizer_is_loaded(self):
        scheduler = made(adamw())
        for _ in range(30):
            update(scheduler)
        state = self.saved(scheduler)
        scheduler = made(adamw())
        scheduler.load_state_dict(state["scheduler"], "rewind to 7")
        scheduler.optimizer.load_state_dict(state["optimizer"])
        update(scheduler)
        self.assertEqual(7, scheduler.clock.steps)

    def test_distributed_checkpoint_makes_no_update(self):
        from torch.distributed.checkpoint.state_dict import get_state_dict, set_state_dict

        def fresh():
            model = Model()
            optimizer = torch.optim.AdamW(model.parameters(), lr=1.0, fused=True, capturable=True)
            return model, optimizer, made(optimizer)
        model, optimizer, scheduler = fresh()
        for _ in range(3):
            update(scheduler)
        states, own = get_state_dict(model, optimizer), scheduler.state_dict()
        model, optimizer, scheduler = fresh()
        set_state_dict(model, optimizer, model_state_dict=states[0], optim_state_dict=states[1])
        scheduler.load_state_dict(own)
        update(scheduler)
        self.assertEqual((3, 4), (scheduler.clock.steps, next(iter(optimizer.state.values()))["step"]))

    def test_words(self):
        state = self.moved_on_the_device(30).state_dict()
        for word in ("rebind", "rewind to 7", "rewarm over 20 steps"):
            there = self.host()
            _, here = ruled(hooks=False)
            for scheduler in (there, here):
                scheduler.load_state_dict(state, word)
            for _ in range(25):
                here.step()
                self.assertEqual(everything(there), everything(here), word)
                there.step()
        _, scheduler = ruled()
        with self.assertRaisesRegex(lrc.Refused, "keep.*capture again"):
            scheduler.load_state_dict(state, "keep")
        with self.assertRaisesRegex(lrc.Refused, "no state of lrc.torch.Scheduler"):
            scheduler.load_state_dict({"last_epoch": 3})

    def test_a_way_to_a_number_that_is_read_once_is_refused_and_changes_nothing(self):
        policy = "policy p version 1 {{\n run 100 steps\n peak 1\n lr = constant\n weight_decay = {}\n}}"
        old = made(adamw(), policy.format(0.3))
        update(old)
        new = made(adamw(), policy.format(0.1))
        before = new.state_dict()
        with self.assertRaisesRegex(lrc.Refused, "`weight_decay` of the optimizer's group 0 begins at .* and not at 0.1"):
            new.load_state_dict(old.state_dict(), "blend over 10 steps")
        self.assertEqual(before, new.state_dict())
        new.load_state_dict(old.state_dict(), "rebind")
        self.assertEqual(1, new.run.step)


class NoHostWork(OnTheHost):
    def test_an_update_is_one_launch(self):
        optimizer = adamw()
        scheduler = made(optimizer, run="10_000 steps", peak=1e-3)
        fake.fake_reset()
        for _ in range(10_000):
            update(scheduler)
        told = calls()
        self.assertEqual(10_000, told["cuLaunchKernel"])
        self.assertEqual({"cuLaunchKernel", "cuCtxPushCurrent", "cuCtxPopCurrent"}, set(told))

    def test_a_replay_calls_nothing_on_the_host(self):
        optimizer = adamw()
        scheduler = made(optimizer, run="10_000 steps", peak=1e-3)
        lr, curve = optimizer.param_groups[0]["lr"], lrc.compile(SENTENCE).values(range(10_000), run="10_000 steps", peak=1e-3)
        with capture():
            scheduler.step()
        fake.fake_reset()
        with mock.patch.object(lrc.device.DeviceScheduler, "_check", side_effect=AssertionError("the host was asked")):
            for step in range(10_000):
                fake.fake_replay()
                self.assertEqual(float32(curve[step]), lr)
        self.assertEqual(Counter(), calls())


@contextlib.contextmanager
def capture():
    """Beginning one forgets the one before."""
    fake.fake_capture(None, 1)
    try:
        with mock.patch.object(HostMemory, "is_capturing", return_value=True):
            yield
    finally:
        fake.fake_capture(None, 0)


class Captured(OnTheHost):
    def test_observations_between_replays(self):
        policy = "policy p version 1 {\n run 1K steps\n peak 1\n lr = constant\n on plateau of val_loss falling for 2 evals { lr by 0.5, at most 3 times }\n}"
        scheduler = made(adamw(), policy)
        update(scheduler)
        with capture():
            update(scheduler)
        for _ in range(4):
            scheduler.observe("val_loss", torch.tensor(1.0))
            for _ in range(10):
                fake.fake_replay()
        kinds = Counter(event["event"] for event in scheduler.events())
        self.assertEqual((4, 1), (kinds["observation"], kinds["firing"]))

    def test_observations_where_python_sees_no_update(self):
        _, scheduler = ruled(hooks=False)
        for _ in range(2):
            scheduler.observe("loss", 1.0)

    def health(self, optimizer):
        """Torch's own check of an update that is captured on a GPU, which is not here."""
        def cuda(check_available=False):
            return types.SimpleNamespace(type="cuda")

        def stream():
            return types.SimpleNamespace(is_capturing=lambda: True)

        optimizer.param_groups[0]["params"][0].grad = torch.ones(2)
        with mock.patch("torch.accelerator.current_accelerator", cuda), mock.patch("torch.accelerator.current_stream", stream):
            optimizer.step()

    def test_what_is_not_refused_torch_captures_and_the_other_way_round(self):
        parameters = [torch.nn.Parameter(torch.ones(2))]
        for name in lrc.device._READ_ON_DEVICE["fused"]:
            optimizer = getattr(torch.optim, name)(parameters, fused=True)
            checked = "capturable" in optimizer.defaults
            if checked:
                with self.assertRaisesRegex(RuntimeError, "capturable is False"):
                    self.health(optimizer)
                with self.assertRaisesRegex(lrc.Refused, f"no update of {name} whose group 0.*fused=True, capturable=True"):
                    made(optimizer)
                optimizer = getattr(torch.optim, name)(parameters, fused=True, capturable=True)
            made(optimizer, hooks=False)
            self.health(optimizer)


class Compiled(OnTheHost):
    def recompilations(self, whole, updates):
        from torch._dynamo.utils import counters
        torch._dynamo.reset()
        optimizer = adamw()
        scheduler = made(optimizer, run=f"{updates} steps", peak=1e-3)

        def both():
            scheduler.step()
            optimizer.step()
        step = torch.compile(both if whole else optimizer.step, backend="eager")
        for k in range(updates):
            for parameter in optimizer.param_groups[0]["params"]:
                parameter.grad = torch.ones(2)
            if not whole:
                scheduler.step()
            step()
            if k == 9:  # lazy state: compiled by then
                graphs = counters["stats"]["unique_graphs"]
        self.assertEqual(updates - 1, scheduler.clock.steps)
        return counters["stats"]["unique_graphs"] - graphs

    def test_nothing_is_compiled_again(self):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            for whole in (False, True):
                with self.subTest(whole=whole):
                    self.assertEqual(0, self.recompilations(whole, 200))

    def test_compiled_code_reads_the_view(self):
        scheduler = made(adamw(), run="10_000 steps", peak=1e-3)
        lr = scheduler.tensor()
        scaled = torch.compile(lambda x: x * lr, backend="eager")
        from torch._dynamo.utils import counters
        graphs = None
        for _ in range(10_000):
            update(scheduler)
            self.assertEqual(float32(scheduler.value()) * 2, scaled(torch.tensor(2.0)))
            graphs = graphs or counters["stats"]["unique_graphs"]
        self.assertEqual(graphs, counters["stats"]["unique_graphs"])


class MixedPrecision(OnTheHost):
    def test_updates_that_a_grad_scaler_skips_do_not_count(self):
        optimizer = torch.optim.SGD([torch.nn.Parameter(torch.ones(2))], lr=1.0, fused=True)
        scaler = torch.amp.GradScaler("cpu", init_scale=2.0)
        scheduler = made(optimizer, found_inf=scaler)
        parameter = optimizer.param_groups[0]["params"][0]
        for k in range(10):
            scheduler.step()
            self.assertEqual(k - (k + 2) // 3, int(scheduler.clock.steps))
            optimizer.zero_grad()
            scaler.scale((parameter * (float("inf") if k % 3 == 0 else 1.0)).sum()).backward()
            scaler.step(optimizer)
            scaler.update()
        self.assertEqual(6, scheduler.state_dict()["last_epoch"], "updates 0, 3, 6 and 9 overflowed")
        self.assertEqual(4, scheduler.clock.skipped)

    def test_a_scaler_that_the_scheduler_does_not_know(self):
        optimizer = adamw()
        scaler = torch.amp.GradScaler("cpu", init_scale=2.0)
        scheduler = made(optimizer)
        scheduler.step()
        scaler.scale(optimizer.param_groups[0]["params"][0].sum()).backward()
        with self.assertRaisesRegex(lrc.Refused, "found_inf=scaler"):
            scaler.step(optimizer)

    def test_a_scaler_whose_update_the_host_decides(self):
        with self.assertRaisesRegex(lrc.Refused, "fused=True, capturable=True$"):
            made(adamw(fused=False), found_inf=torch.amp.GradScaler("cpu"))
        with self.assertRaisesRegex(lrc.Refused, "fused=True$"):
            sgd = torch.optim.SGD([torch.nn.Parameter(torch.ones(2))])
            made(sgd, "constant", run="9 steps", peak=1.0, found_inf=torch.amp.GradScaler("cpu"))

    def test_a_flag_of_another_kind(self):
        for wrong in (torch.zeros(2), torch.zeros((), dtype=torch.float64)):
            with self.assertRaisesRegex(lrc.WrongCall, "found_inf is one float32"):
                made(adamw(), found_inf=wrong)


class OnAGpu(OnTheHost):
    """What tests/gpu/torch_device.py expects of a GPU, where the double is one and each replay an update from Python."""

    def checked(self, kind, check, replays):
        class Trainer(kind):
            DEVICE = "cpu"

            def captured(self):
                for _ in range(torch_device.WARMUP):
                    self.update()
                return types.SimpleNamespace(replay=self.update)

        def scheduler(optimizer, policy, **options):
            return made(optimizer, policy.bind(names=lrc.attach.names_of(optimizer)), **options)

        policy, result = lrc.compile(torch_device.POLICY), part.Result()
        with mock.patch.object(lrc.torch, "DeviceScheduler", scheduler):
            trainer = Trainer(torch, policy, fused=True, capturable=True)
        names = lrc.attach.names_of(trainer.optimizer)
        check(result, trainer, policy.bind(names=names), replays)
        self.assertTrue(result.fine(), result)
        self.assertGreater(len(result.claims), 3)

    def test_bits_rules_and_a_state_that_is_loaded(self):
        self.checked(torch_device.Trainer, torch_device.check_bits, 1000)

    def test_a_grad_scaler(self):
        self.checked(torch_device.Scaled, torch_device.check_skipped, 300)


class Refusals(OnTheHost):
    """Nothing that the policy moves stands still."""

    MOVING = "policy p version 1 {{\n run 10 steps\n peak 1\n lr = constant\n {} = linear from 0.9 to 0.8\n}}"

    def refused(self, message, optimizer, policy=SENTENCE, **options):
        with self.assertRaisesRegex(lrc.Refused, message):
            made(optimizer, policy, **options)
        self.assertEqual(0, calls()["cuMemAlloc"])

    def test_an_lr_that_is_read_on_the_host_says_how_it_is_not(self):
        parameters = [torch.nn.Parameter(torch.ones(1))]
        self.refused("AdamW reads `lr`.*would be frozen.*capturable=True, fused=True or not:", torch.optim.AdamW(parameters))
        self.refused("SGD reads `lr`.*fused=True:", torch.optim.SGD(parameters, lr=1.0))
        self.refused("RMSprop reads `lr`.*capturable=True, without foreach=False", torch.optim.RMSprop(parameters))
        for options in ({"foreach": False}, {"differentiable": True}):
            self.refused("RMSprop reads `lr`.*without foreach=False and differentiable=True",
                         torch.optim.RMSprop(parameters, capturable=True, **options))
        self.refused("Rprop reads `lr`.*handled=", torch.optim.Rprop(parameters, capturable=True))

    def test_weight_decay_momentum_and_betas(self):
        self.refused("reads `weight_decay`.*handled=.*weight_decay=0.*multiply", adamw(), self.MOVING.format("weight_decay"))
        self.refused("reads `betas`.*moves beta1", adamw(), self.MOVING.format("beta1"))
        sgd = torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=1.0, momentum=0.9, fused=True)
        self.refused("reads `momentum`.*handled=.'momentum'.*tensors=.'momentum'", sgd, self.MOVING.format("momentum"))

    def test_a_rule_moves_a_number_too(self):
        self.refused("moves weight_decay", adamw(),
                     "policy p version 1 {\n peak 1\n lr = constant\n weight_decay = 0.1\n on nonfinite loss { weight_decay by 0 for 5 steps }\n}")

    def test_another_library_s_optimizer_is_asked_for_what_it_reads(self):
        class Theirs(torch.optim.AdamW):
            pass
        self.refused("Theirs reads `lr`.*tensors=.'lr'", Theirs([torch.nn.Parameter(torch.ones(1))], fused=True, capturable=True))
        optimizer = Theirs([torch.nn.Parameter(torch.ones(1))], fused=True, capturable=True)
        made(optimizer, tensors=["lr"])
        self.assertIsInstance(optimizer.param_groups[0]["lr"], torch.Tensor)

    def test_an_output_that_nobody_handles(self):
        self.refused("nobody acts on grad_clip.*scheduler.tensor", adamw(), self.MOVING.format("grad_clip"))

    def test_parameters_on_several_devices(self):
        parameters = [torch.nn.Parameter(torch.ones(1)), torch.nn.Parameter(torch.ones(1, device="meta"))]
        self.refused("on cpu, meta.*one device", torch.optim.AdamW(parameters, capturable=True))

    def test_a_step_that_calls_that_of_its_base_is_one_update(self):
        class Derived(torch.optim.AdamW):
            def step(self, closure=None):
                return super().step(closure)
        adamw()  # torch puts hooks around the step of its class
        optimizer = Derived([torch.nn.Parameter(torch.ones(2))], lr=1.0, fused=True, capturable=True)
        scheduler = made(optimizer, tensors=["lr"])  # that of its base reads it on the device
        for _ in range(3):
            update(scheduler)
        with self.assertRaisesRegex(lrc.Refused, "without scheduler.step"):
            scheduler.optimizer.step()

    def test_two_calls_for_one_update_and_none(self):
        optimizer = adamw()
        scheduler = made(optimizer)
        with self.assertRaisesRegex(lrc.Refused, "without scheduler.step"):
            optimizer.step()
        scheduler.step()
        with self.assertRaisesRegex(lrc.Refused, "called twice.*fused=True, capturable=True and the scheduler with found_inf=scaler"):
            scheduler.step()
        optimizer.step()
        scheduler.step()

    def test_another_hand(self):
        for change in (lambda group: group.update(lr=0.5), lambda group: group["lr"].fill_(0.5)):
            scheduler = made(adamw())
            update(scheduler)
            change(scheduler.optimizer.param_groups[0])
            with self.assertRaisesRegex(lrc.Refused, "another hand wrote `lr` of the optimizer's group 0"):
                scheduler.step()
        scheduler = made(adamw(), "policy p version 1 {\n peak 1\n lr = constant\n weight_decay = 0.1\n}")
        scheduler.optimizer.param_groups[0]["weight_decay"] = 0.2
        with self.assertRaisesRegex(lrc.Refused, "another hand wrote `weight_decay`"):
            scheduler.step()

    def test_two_schedulers_on_one_optimizer(self):
        optimizer = adamw()
        first = made(optimizer)
        for kind in (made, lambda optimizer: lrc.torch.Scheduler(optimizer, SENTENCE, **FACTS)):
            with self.assertRaisesRegex(lrc.Refused, "has an lrc scheduler already"):
                kind(optimizer)
        first.detach()
        made(optimizer)

    def test_a_group_added_later(self):
        scheduler = made(adamw())
        scheduler.optimizer.add_param_group({"params": [torch.nn.Parameter(torch.ones(1))]})
        with self.assertRaisesRegex(lrc.Refused, "2 parameter groups.*opened for 1"):
            scheduler.step()

    def test_observations(self):
        _, scheduler = ruled()
        with self.assertRaisesRegex(lrc.WrongCall, "no rule observes 'accuracy'; they observe"):
            scheduler.observe("accuracy", 1.0)
        scheduler.observe("loss", 1.0)
        with self.assertRaisesRegex(lrc.Refused, "observed twice"):
            scheduler.observe("loss", 2.0)

    def test_a_number_that_a_capture_would_freeze(self):
        _, scheduler = ruled()
        with mock.patch.object(HostMemory, "is_capturing", return_value=True):
            for arguments in ((1.0,), (torch.tensor(1.0), 3)):
                with self.assertRaisesRegex(lrc.Refused, "again and again"):
                    scheduler.observe("loss", *arguments)
            scheduler.observe("loss", torch.tensor(1.0))
            scheduler.observe("val_loss", torch.tensor(1.0), torch.tensor(4))
            scheduler.observe("loss", torch.tensor(1.0))  # in another graph

    def test_a_copy_that_would_end_a_capture(self):
        _, scheduler = ruled()
        here, there = torch.tensor(1.0), torch.ones((), device="meta")
        with mock.patch.object(HostMemory, "is_capturing", return_value=True):
            for arguments in ((there,), (here, there)):
                with self.assertRaisesRegex(lrc.Refused, "tensor on meta, whose copy to cpu.*give a tensor on cpu"):
                    scheduler.observe("loss", *arguments)

    def test_a_stream_that_is_given_is_the_one(self):
        scheduler = made(adamw(), stream=types.SimpleNamespace(cuda_stream=0xdead))
        with self.assertRaisesRegex(lrc.Unavailable, "cuLaunchKernel"):  # the double knows no such stream
            scheduler.step()


class WithoutCuda(unittest.TestCase):
    def test_parameters_that_are_on_no_gpu(self):
        with self.assertRaisesRegex(lrc.Refused, "are on cpu.*NVIDIA GPU.*lrc.torch.Scheduler"):
            lrc.torch.DeviceScheduler(adamw(), SENTENCE, **FACTS)

    def test_a_machine_without_a_driver(self):
        program = (
            "import lrc\nrun = lrc.compile('constant').bind(run='9 steps', peak=1.0)\n"
            "try: lrc._lrc.Device.open(run, 0, 0, 0, 0, 0)\nexcept lrc.Unavailable as error: print('refused:', error)"
        )
        environment = {**os.environ, "LRC_CUDA_DRIVER": "/nowhere/libcuda.so.1"}
        result = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True)
        self.assertRegex(result.stdout, "refused: .*/nowhere/libcuda.so.1", result.stderr)


class Agree(OnTheHost):
    def check(self, schedulers):
        store, found = torch.distributed.HashStore(), {}

        def rank(number):
            try:
                lrc.torch.Agreement(store, number, len(schedulers), prefix="t", timeout=20).check(schedulers[number])
            except lrc.torch.Disagreement as error:
                found[number] = error
        threads = [threading.Thread(target=rank, args=[number]) for number in range(len(schedulers))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return found

    def test_the_bits_of_all_devices_are_compared(self):
        schedulers = [made(adamw()) for _ in range(3)]
        for scheduler in schedulers:
            update(scheduler)
        self.assertEqual({}, self.check(schedulers))
        schedulers[1]._view(_DOUBLE, 0, torch.float64).fill_(0.25)  # a bit that fell over
        found = self.check(schedulers)
        self.assertEqual({0, 1, 2}, set(found))
        self.assertEqual((1,), found[0].ranks)
        self.assertRegex(str(found[0]), "rank 1 has device")


class WhatTorchReads(unittest.TestCase):
    """The list of what torch's optimizers read on the device, against torch: under fake CUDA tensors whoever asks the host
    for a value fails."""

    KEYS = ("lr", "betas", "eps", "weight_decay", "momentum")

    def reads(self, name, key, options):
        with FakeTensorMode(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            parameter = torch.ones(4, device="cuda:0")
            optimizer = getattr(torch.optim, name)([parameter], weight_decay=0.1, **options)
            group = optimizer.param_groups[0]
            number = torch.full((), 0.5, device="cuda:0")
            group[key] = (number, number) if key == "betas" else number
            for _ in range(2):
                parameter.grad = torch.ones(4, device="cuda:0")
                try:
                    optimizer.step()
                except DataDependentOutputException:
                    return False
        return True

    def test_capturable_optimizers(self):
        compared = 0
        ways = ("capturable", {"foreach": True}), ("single", {"foreach": False}), ("single", {"differentiable": True})
        for way, how in ways:
            for name in lrc.device._READ_ON_DEVICE["capturable"]:
                # Under fake tensors there is no CPU to copy to, and no kernel of amax: ASGD is not listed, Adamax as with foreach=False.
                if (name, way) == ("ASGD", "single") or (name, how) == ("Adamax", {"differentiable": True}):
                    continue
                options = {"capturable": True, **how, **({"momentum": 0.9} if name == "RMSprop" else {})}
                for key in self.KEYS:
                    if key not in getattr(torch.optim, name)([torch.nn.Parameter(torch.ones(1))]).defaults:
                        continue
                    listed = key in lrc.device._READ_ON_DEVICE[way].get(name, ())
                    self.assertEqual(listed, self.reads(name, key, options), f"{name}, {how}, {key}")
                    compared += 1
        self.assertGreater(compared, 70)
        print(f"  {compared} numbers of torch's optimizers")

    def test_fused_optimizers(self):
        for name in lrc.device._READ_ON_DEVICE["fused"]:
            schema = getattr(torch.ops.aten, f"_fused_{name.lower()}_").tensor_lr._schema
            types_of = {argument.name: str(argument.type) for argument in schema.arguments}
            self.assertEqual("Tensor", types_of.pop("lr"))
            for key in ("beta1", "beta2", "eps", "weight_decay", "momentum"):
                self.assertEqual("float", types_of.get(key, "float"), f"{name}, {key}")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=1)
