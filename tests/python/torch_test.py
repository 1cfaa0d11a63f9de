"""lrc.torch against torch itself: the families of what goes wrong with schedules today, each shown not to happen.

    PYTHONPATH=BUILD/python_package python torch_test.py
"""
import io
import math
import sys
import unittest
import warnings

import lrc

try:
    import torch

    import lrc.torch
except ImportError as missing:
    print("skipped:", f"torch is not installed: {missing}")
    sys.exit(0)

SENTENCE = "warmup 10 steps linear then cosine to 0.1x"
FACTS = {"run": "100 steps", "peak": 1e-3}
GROUPS = """policy tune version 1 {
  run 100 steps
  peak 1e-3
  lr           = warmup 10 steps linear then cosine to 0.1x
  weight_decay = linear from 0.1 to 0.01
  beta2        = 0.95
  grad_clip    = linear from 1 to 0.5
  group norms matches "*norm*", "*.bias" { weight_decay = 0 }
  group head  matches "head.*" { frozen for 5 steps }
}"""


def expected(step):
    if step < 10:
        return 1e-3 * (step + 1) / 10
    return 1e-3 * (0.1 + 0.9 * (1 + math.cos(math.pi * min(1, (step - 10) / 90))) / 2)


def curve():
    return lrc.compile(SENTENCE).values(range(101), **FACTS).tolist()


class Model(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.body = torch.nn.Linear(3, 3)
        self.norm = torch.nn.LayerNorm(3)
        self.head = torch.nn.Linear(3, 1)

    def forward(self, x):
        return self.head(self.norm(self.body(x)))


def sgd(lr=1.0, **options):
    return torch.optim.SGD([torch.nn.Parameter(torch.ones(2))], lr=lr, **options)


def update(optimizer, value=1.0):
    for group in optimizer.param_groups:
        for parameter in group["params"]:
            parameter.grad = torch.full_like(parameter, value)
    optimizer.step()


class Quiet(unittest.TestCase):
    """No warning but those that a test asks for."""

    def setUp(self):
        catching = warnings.catch_warnings()
        catching.__enter__()
        self.addCleanup(catching.__exit__, None, None, None)
        warnings.simplefilter("error", lrc.ScheduleWarning)


class Clock(Quiet):
    """A, B: the schedule counts applied updates, whoever calls step, and how often."""

    def trained(self, after, updates=20, **options):
        optimizer = sgd()
        scheduler = lrc.torch.Scheduler(optimizer, SENTENCE, **FACTS, **options)
        used = []
        for k in range(updates):
            used.append(optimizer.param_groups[0]["lr"])
            update(optimizer)
            after(scheduler, k)
        return used

    def test_a_schedule_is_a_true_scheduler_and_starts_above_zero(self):
        scheduler = lrc.torch.Scheduler(sgd(), SENTENCE, **FACTS)
        self.assertIsInstance(scheduler, torch.optim.lr_scheduler.LRScheduler)
        self.assertEqual(1e-4, scheduler.get_last_lr()[0], "the first update has a tenth of the peak, not 0")

    def test_once_an_update(self):
        used = self.trained(lambda scheduler, k: scheduler.step())
        for step, lr in enumerate(used):
            self.assertAlmostEqual(expected(step), lr, delta=1e-18)
        self.assertEqual(curve()[:20], used)

    def test_not_at_all(self):
        self.assertEqual(curve()[:20], self.trained(lambda scheduler, k: None))

    def test_once_a_micro_batch_or_once_a_process(self):
        with self.assertWarnsRegex(lrc.ScheduleWarning, "called 2 times for one update.*accelerator.prepare") as caught:
            used = self.trained(lambda scheduler, k: [scheduler.step() for _ in range(8)])
        self.assertEqual(curve()[:20], used)
        self.assertEqual(1, len(caught.warnings), "said once")

    def test_once_an_epoch(self):
        with self.assertWarnsRegex(lrc.ScheduleWarning, "after 5 updates.*interval"):
            used = self.trained(lambda scheduler, k: scheduler.step() if k % 5 == 4 else None)
        self.assertEqual(curve()[:20], used)

    def test_with_every_call_where_hooks_are_not_called(self):
        self.assertEqual(curve()[:20], self.trained(lambda scheduler, k: scheduler.step(), clock="calls"))

    def test_accumulation_of_gradients(self):
        optimizer = sgd()
        scheduler = lrc.torch.Scheduler(optimizer, SENTENCE, **FACTS)
        for micro_batch in range(32):
            if micro_batch % 4 == 3:
                update(optimizer)
        self.assertEqual(8, scheduler.last_epoch)

    def test_updates_skipped_by_a_grad_scaler(self):
        for options in ({}, {"fused": True}):
            with self.subTest(**options):
                optimizer = sgd(**options)
                scheduler = lrc.torch.Scheduler(optimizer, SENTENCE, **FACTS)
                scaler = torch.amp.GradScaler("cpu", init_scale=2.0)
                parameter = optimizer.param_groups[0]["params"][0]
                for k in range(10):
                    optimizer.zero_grad()
                    scaler.scale((parameter * (float("inf") if k % 3 == 0 else 1.0)).sum()).backward()
                    scaler.step(optimizer)
                    scaler.update()
                self.assertEqual(6, scheduler.last_epoch, "updates 0, 3, 6 and 9 overflowed")

    def test_a_step_that_calls_its_base_class_s_is_one_update(self):
        class Base(torch.optim.SGD):
            pass

        class Derived(Base):
            def step(self, closure=None):
                super().step(closure)
                read.append(self.param_groups[0]["lr"])

        def failing():
            raise RuntimeError("no loss")

        read, parameter = [], torch.nn.Parameter(torch.ones(1))
        Base([parameter])  # torch puts hooks around the step of its class
        optimizer = Derived([parameter], lr=1.0)
        scheduler = lrc.torch.Scheduler(optimizer, SENTENCE, **FACTS)
        for step in range(4):
            with self.assertRaisesRegex(RuntimeError, "no loss"):
                optimizer.step(failing)
            update(optimizer)
            self.assertEqual((step + 1, curve()[step]), (scheduler.last_epoch, scheduler.used()))
        self.assertEqual(curve()[:4], read, "one lr from a step's start to its end")

    def test_the_log_has_what_the_update_used(self):
        optimizer = sgd()
        scheduler = lrc.torch.Scheduler(optimizer, SENTENCE, **FACTS)
        with self.assertRaisesRegex(lrc.WrongCall, "no update"):
            scheduler.used()
        for step in range(5):
            update(optimizer)
            self.assertEqual((curve()[step], curve()[step + 1]), (scheduler.used(), scheduler.get_last_lr()[0]))

    def test_the_clock_is_not_set_from_outside(self):
        with self.assertRaisesRegex(lrc.WrongCall, "rewind"):
            lrc.torch.Scheduler(sgd(), SENTENCE, **FACTS).step(7)


class Resume(Quiet):
    """C: any order of loading, any save point, no pickle; what was not loaded is missed."""

    def fresh(self, policy=SENTENCE, tensor=False, **facts):
        optimizer = torch.optim.AdamW([torch.nn.Parameter(torch.ones(2))], lr=torch.tensor(1.0) if tensor else 1.0)
        return optimizer, lrc.torch.Scheduler(optimizer, policy, **(facts or FACTS))

    def saved(self, updates, **options):
        optimizer, scheduler = self.fresh(**options)
        for _ in range(updates):
            update(optimizer)
        file = io.BytesIO()
        torch.save({"optimizer": optimizer.state_dict(), "scheduler": scheduler.state_dict()}, file)
        file.seek(0)
        return torch.load(file, weights_only=True)

    def test_every_save_point_in_both_orders(self):
        for tensor in (False, True):
            for point in (0, 1, 9, 10, 55, 99):
                for order in (("optimizer", "scheduler"), ("scheduler", "optimizer")):
                    state = self.saved(point, tensor=tensor)
                    parts = dict(zip(("optimizer", "scheduler"), self.fresh(tensor=tensor)))
                    for name in order:
                        parts[name].load_state_dict(state[name])
                    for step in range(point, 100):
                        self.assertEqual(curve()[step], parts["scheduler"].value())
                        lr = parts["optimizer"].param_groups[0]["lr"]
                        self.assertEqual(torch.tensor(curve()[step]) if tensor else curve()[step], lr)
                        update(parts["optimizer"])

    def test_a_tensor_stays_the_one_that_compiled_code_knows(self):
        optimizer, _ = self.fresh(tensor=True)
        tensor = optimizer.param_groups[0]["lr"]
        optimizer.load_state_dict(self.saved(7, tensor=True)["optimizer"])
        self.assertIs(tensor, optimizer.param_groups[0]["lr"])

    def test_a_scheduler_that_was_not_in_the_checkpoint(self):
        optimizer, scheduler = self.fresh()
        optimizer.load_state_dict(self.saved(50)["optimizer"])
        with self.assertRaisesRegex(lrc.Refused, "scheduler's state was not loaded"):
            update(optimizer)
        scheduler.keep_clock()
        update(optimizer)
        self.assertEqual(1, scheduler.last_epoch)

    def test_words_in_both_orders(self):
        state = self.saved(20)
        for word in ("rewarm over 5 steps", "blend over 5 steps", "rebind", "rewind to 10"):
            used = []
            for names in (("optimizer", "scheduler"), ("scheduler", "optimizer")):
                optimizer, scheduler = self.fresh(run="100 steps", peak=2e-3, resume=word)
                for name in names:
                    {"optimizer": optimizer, "scheduler": scheduler}[name].load_state_dict(state[name])
                update(optimizer)
                used.append(scheduler.used())
            self.assertEqual(used[0], used[1], word)
        with self.assertRaisesRegex(lrc.Refused, "scheduler's state was not loaded"):  # it was, but before that update
            optimizer.load_state_dict(state["optimizer"])
            update(optimizer)

    def test_a_rule_between_the_two_savings(self):
        policy = "policy p version 1 {\n run 100 steps\n peak 1\n lr = constant\n on plateau of loss falling for 1 evals { lr by 0.5, not below 0.01x }\n}"
        optimizer, scheduler = self.fresh(policy, parameters={})
        update(optimizer)
        scheduler.observe("loss", 1.0, 0)
        state = {"optimizer": optimizer.state_dict()}
        scheduler.observe("loss", 1.0, 1)
        state["scheduler"] = scheduler.state_dict()
        optimizer, scheduler = self.fresh(policy, parameters={})
        scheduler.load_state_dict(state["scheduler"])
        optimizer.load_state_dict(state["optimizer"])
        update(optimizer)
        self.assertEqual(0.5, scheduler.used())

    def test_an_optimizer_that_was_used_and_a_schedule_that_was_not(self):
        state = self.saved(20, policy="constant")
        loaded_later, _ = self.fresh("constant")
        loaded_later.load_state_dict(state["optimizer"])  # with the lr of update 0
        loaded_before = torch.optim.AdamW([torch.nn.Parameter(torch.ones(2))])
        loaded_before.load_state_dict(state["optimizer"])
        scheduler = lrc.torch.Scheduler(loaded_before, "constant", **FACTS)
        for optimizer in (loaded_later, loaded_before):
            with self.assertRaisesRegex(lrc.Refused, "that of 20 updates.*stands at update 0.*keep_clock"):
                update(optimizer)
        scheduler.keep_clock()  # fine-tuning
        loaded_before.load_state_dict(loaded_before.state_dict())  # as accelerator.prepare does
        start = scheduler.state_dict()
        update(loaded_before)
        self.assertEqual(1, scheduler.last_epoch)
        scheduler.load_state_dict(start)
        loaded_before.load_state_dict(state["optimizer"])
        update(loaded_before)
        self.assertEqual(1, scheduler.last_epoch)
        scheduler.load_state_dict(state["scheduler"])
        self.assertEqual(20, scheduler.last_epoch)

    def test_distributed_checkpoint_makes_no_update(self):
        from torch.distributed.checkpoint.state_dict import get_state_dict, set_state_dict

        policies = (SENTENCE, "policy w version 1 {\n run 100 steps\n weight_decay = linear from 0.1 to 0\n}",
                    "policy z version 1 {\n run 100 steps\n peak 1\n lr = linear from 0x to 1x\n}")
        for policy in policies:
            for lr in (1e-3, torch.tensor(1e-3)):
                with self.subTest(policy=policy, lr=lr):
                    self.through_distributed_checkpoint(get_state_dict, set_state_dict, policy, lr)

    def test_an_lr_of_zero_without_gradients_is_an_update(self):
        optimizer = sgd()
        scheduler = lrc.torch.Scheduler(optimizer, SENTENCE, **FACTS)
        optimizer.step()
        self.assertEqual(1, scheduler.last_epoch)
        optimizer.param_groups[0]["lr"] = 0.0
        with self.assertRaisesRegex(lrc.Refused, "another hand"):
            optimizer.step()

    def test_a_state_that_is_loaded_has_used_nothing_yet(self):
        optimizer, scheduler = self.fresh()
        state = scheduler.state_dict()
        update(optimizer)
        scheduler.used()
        scheduler.load_state_dict(state)
        with self.assertRaisesRegex(lrc.WrongCall, "no update"):
            scheduler.used()

    def test_distributed_checkpoint_of_an_optimizer_without_state(self):
        from torch.distributed.checkpoint.state_dict import get_state_dict

        model = Model()
        optimizer = torch.optim.SGD(model.parameters(), lr=1.0)
        scheduler = lrc.torch.Scheduler(optimizer, SENTENCE, **FACTS)
        for step in range(1, 4):
            update(optimizer)
            optimizer.zero_grad()
            get_state_dict(model, optimizer)  # once more at each save
            self.assertEqual(step, scheduler.last_epoch)

    def through_distributed_checkpoint(self, get_state_dict, set_state_dict, policy, lr):
        def fresh():
            model = Model()
            optimizer = torch.optim.AdamW(model.parameters(), lr=lr.clone() if isinstance(lr, torch.Tensor) else lr)
            return model, optimizer, lrc.torch.Scheduler(optimizer, policy, **(FACTS if policy == SENTENCE else {}))

        model, optimizer, scheduler = fresh()
        before = model.head.weight.clone()
        get_state_dict(model, optimizer)
        self.assertEqual(0, scheduler.last_epoch)
        self.assertTrue(torch.equal(before, model.head.weight))
        for _ in range(3):
            update(optimizer)
        self.assertEqual(3, scheduler.last_epoch)
        states, own = get_state_dict(model, optimizer), scheduler.state_dict()
        model, optimizer, scheduler = fresh()
        set_state_dict(model, optimizer, model_state_dict=states[0], optim_state_dict=states[1])
        self.assertEqual(0, scheduler.last_epoch)
        scheduler.load_state_dict(own)
        update(optimizer)
        self.assertEqual(4, scheduler.last_epoch)

    def test_another_run_length_is_refused_and_a_word_goes_on(self):
        state = self.saved(50)
        _, scheduler = self.fresh(run="200 steps", peak=1e-3)
        with self.assertRaises(lrc.Refused):
            scheduler.load_state_dict(state["scheduler"])
        optimizer, scheduler = self.fresh(run="200 steps", peak=1e-3, resume="rebind")
        scheduler.load_state_dict(state["scheduler"])
        self.assertEqual(lrc.compile(SENTENCE).bind(run="200 steps", peak=1e-3)(50), optimizer.param_groups[0]["lr"])

    def test_another_scheduler_s_state_is_refused(self):
        optimizer = sgd()
        theirs = torch.optim.lr_scheduler.StepLR(optimizer, 3).state_dict()
        with self.assertRaisesRegex(lrc.Refused, "no state of lrc.torch.Scheduler.*step_size"):
            lrc.torch.Scheduler(sgd(), SENTENCE, **FACTS).load_state_dict(theirs)

    def test_chained_short_jobs_are_one_long_one(self):
        state, used = None, []
        for _ in range(10):
            optimizer, scheduler = self.fresh()
            if state:
                optimizer.load_state_dict(state["optimizer"])
                scheduler.load_state_dict(state["scheduler"])
            for _ in range(10):
                used.append(optimizer.param_groups[0]["lr"])
                update(optimizer)
            state = {"optimizer": optimizer.state_dict(), "scheduler": scheduler.state_dict()}
        self.assertEqual(curve()[:100], used)


class Groups(Quiet):
    """E: every scheduled number in the group it belongs to; nothing unscheduled, nothing unfrozen too early."""

    def made(self, **options):
        model = Model()
        optimizer = torch.optim.AdamW(lrc.torch.parameter_groups(model, GROUPS), lr=1.0)
        return model, optimizer, lrc.torch.Scheduler(optimizer, GROUPS, handled=["grad_clip"], **options)

    def test_groups_by_pattern(self):
        _, optimizer, scheduler = self.made()
        names = [sorted(group["param_names"]) for group in optimizer.param_groups]
        self.assertEqual([["body.weight"], ["body.bias", "norm.bias", "norm.weight"], ["head.weight"], ["head.bias"]],
                         names)
        self.assertEqual([0.1, 0, 0.1, 0], [group["weight_decay"] for group in optimizer.param_groups])
        self.assertEqual([(0.9, 0.95)] * 4, [group["betas"] for group in optimizer.param_groups])
        self.assertEqual([1e-4, 1e-4, 0, 0], scheduler.get_lr())

    def test_frozen_parameters_thaw_when_the_policy_says(self):
        model, optimizer, scheduler = self.made()
        before = model.head.weight.clone()
        for step in range(7):
            self.assertEqual([True, True, True, True, step >= 5, step >= 5], [p.requires_grad for p in model.parameters()])
            optimizer.zero_grad()
            model(torch.randn(4, 3)).sum().backward()
            optimizer.step()
            self.assertEqual(step < 5, torch.equal(before, model.head.weight))

    def test_what_the_trainer_froze_stays_frozen(self):
        model = Model()
        groups = lrc.torch.parameter_groups(model, GROUPS)
        model.head.bias.requires_grad_(False)
        optimizer = torch.optim.AdamW(groups, lr=1.0)
        with self.assertWarnsRegex(lrc.ScheduleWarning, "thaws group 3 .* none of its parameters needs a gradient"):
            scheduler = lrc.torch.Scheduler(optimizer, GROUPS, handled=["grad_clip"])
        self.assertFalse(model.head.weight.requires_grad)
        for _ in range(6):
            update(optimizer)
        self.assertEqual((True, False), (model.head.weight.requires_grad, model.head.bias.requires_grad))
        scheduler.detach()

    def test_what_a_scheduler_froze_that_is_gone_thaws(self):
        model, optimizer, _ = self.made()
        file = io.BytesIO()
        torch.save((model, optimizer.state_dict()), file)
        file.seek(0)
        loaded, state = torch.load(file, weights_only=False)
        for model in (model, loaded):  # without detach(), and in another process
            groups = [{"params": [(n, p) for n, p in model.named_parameters() if n in group["param_names"]]} for group in optimizer.param_groups]
            again = torch.optim.AdamW(groups, lr=1.0)
            lrc.torch.Scheduler(again, GROUPS, handled=["grad_clip"])
            self.assertFalse(model.head.weight.requires_grad)
            for _ in range(6):
                update(again)
            self.assertTrue(model.head.weight.requires_grad and model.head.bias.requires_grad)
            self.assertFalse(any(vars(parameter) for parameter in model.parameters()), "nothing is left on them")

    def test_another_scheduler_thaws_what_the_one_before_froze(self):
        model, optimizer, scheduler = self.made()
        scheduler.detach()
        self.assertTrue(model.head.weight.requires_grad)
        lrc.torch.Scheduler(optimizer, GROUPS, handled=["grad_clip"])
        for _ in range(6):
            update(optimizer)
        self.assertTrue(model.head.weight.requires_grad)

    def test_a_policy_without_lr(self):
        policy = "policy w version 1 {\n run 100 steps\n weight_decay = linear from 0.1 to 0\n}"
        made = lambda: torch.optim.AdamW([torch.nn.Parameter(torch.ones(1))], lr=0.25)
        optimizer = made()
        scheduler = lrc.torch.Scheduler(optimizer, policy)
        update(optimizer)
        self.assertEqual(([0.25], [0.25]), (scheduler.get_last_lr(), scheduler._last_lr))
        scheduler._last_lr = [7.0]  # as wrappers of torch's schedulers do
        self.assertEqual([0.25], scheduler._last_lr)
        again = lrc.torch.Scheduler(made(), policy)
        again.load_state_dict(scheduler.state_dict())
        self.assertEqual(1, again.last_epoch)

    def test_a_number_for_the_trainer(self):
        _, optimizer, scheduler = self.made()
        self.assertEqual(1.0, scheduler.value("grad_clip"))
        update(optimizer)
        self.assertAlmostEqual(1 - 0.5 / 100, scheduler.value("grad_clip"), delta=0.005)

    def test_a_number_that_nobody_handles(self):
        model = Model()
        optimizer = torch.optim.AdamW(lrc.torch.parameter_groups(model, GROUPS), lr=1.0)
        with self.assertRaisesRegex(lrc.Refused, r"nobody acts on grad_clip: AdamW.*handled=\['grad_clip'\]"):
            lrc.torch.Scheduler(optimizer, GROUPS)
        with self.assertRaisesRegex(lrc.Refused, "nobody acts on grad_clip, beta2|nobody acts on beta2, grad_clip"):
            lrc.torch.Scheduler(torch.optim.SGD(lrc.torch.parameter_groups(model, GROUPS), lr=1.0), GROUPS)

    def test_parameters_without_names(self):
        with self.assertRaisesRegex(lrc.Refused, "no names.*parameter_groups"):
            lrc.torch.Scheduler(torch.optim.AdamW(Model().parameters()), GROUPS, handled=["grad_clip"])

    def test_a_group_that_mixes_the_policy_s(self):
        with self.assertRaisesRegex(lrc.Refused, "group 0 mixes"):
            lrc.torch.Scheduler(torch.optim.AdamW(Model().named_parameters()), GROUPS, handled=["grad_clip"])

    def test_groups_said_by_hand(self):
        model = Model()
        optimizer = torch.optim.AdamW([{"params": model.body.parameters()}, {"params": model.norm.parameters()}])
        lrc.torch.Scheduler(optimizer, GROUPS, groups=["", "norms"], handled=["grad_clip"])
        self.assertEqual([0.1, 0], [group["weight_decay"] for group in optimizer.param_groups])

    def test_a_group_added_later(self):
        optimizer = sgd()
        scheduler = lrc.torch.Scheduler(optimizer, SENTENCE, **FACTS)
        update(optimizer)
        optimizer.add_param_group({"params": [torch.nn.Parameter(torch.ones(1))], "lr": 7.0})
        update(optimizer)
        self.assertEqual([curve()[2]] * 2, [group["lr"] for group in optimizer.param_groups])
        self.assertEqual([curve()[2]] * 2, scheduler.get_lr())
        _, optimizer, _ = self.made()
        optimizer.add_param_group({"params": [("late", torch.nn.Parameter(torch.ones(1)))]})
        with self.assertRaisesRegex(lrc.Refused, "5 parameter groups, and the policy was given 4"):
            update(optimizer)

    def test_momentum_and_eps(self):
        policy = "policy p version 1 {\n run 10 steps\n peak 1\n lr = constant\n momentum = linear from 0.85 to 0.95\n}"
        optimizer = sgd(momentum=0.5)
        lrc.torch.Scheduler(optimizer, policy)
        self.assertAlmostEqual(0.85, optimizer.param_groups[0]["momentum"], delta=0.02)
        optimizer = torch.optim.AdamW([torch.nn.Parameter(torch.ones(1))])
        lrc.torch.Scheduler(optimizer, "policy p version 1 {\n peak 1\n lr = constant\n eps = 1e-6\n}")
        self.assertEqual(1e-6, optimizer.param_groups[0]["eps"])


class HalfPrecision(Quiet):
    """domain: an lr below what float16 can represent, so that updates vanish."""

    def optimizer(self, dtype):
        return torch.optim.SGD([torch.nn.Parameter(torch.ones(2, dtype=dtype))], lr=0.1)

    def test_an_lr_that_rounds_to_nothing_is_told(self):
        policy = "warmup 10 steps linear then cosine to 0.00000001x for 500 steps then hold"
        with self.assertWarnsRegex(lrc.ScheduleWarning, "float16.*clamp lr"):
            lrc.torch.Scheduler(self.optimizer(torch.float16), policy, run="1000 steps", peak=1.0)
        lrc.torch.Scheduler(self.optimizer(torch.float32), policy, run="1000 steps", peak=1.0)
        lrc.torch.Scheduler(self.optimizer(torch.float16), "warmup 10 steps linear then cosine to 0.01x", run="1000 steps", peak=1.0)


class OtherHands(Quiet):
    """E64, G83: a number has one writer."""

    def test_another_scheduler_is_an_error_that_names_the_group(self):
        optimizer = sgd()
        lrc.torch.Scheduler(optimizer, SENTENCE, **FACTS)
        other = torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.5)
        update(optimizer)
        other.step()
        with self.assertRaisesRegex(lrc.Refused, "another hand wrote `lr` of the optimizer's group 0"):
            update(optimizer)

    def test_or_a_warning_and_the_policy_s_value(self):
        optimizer = sgd()
        scheduler = lrc.torch.Scheduler(optimizer, SENTENCE, **FACTS, conflict="warn")
        parameter = optimizer.param_groups[0]["params"][0]
        optimizer.param_groups[0]["lr"] = 5.0
        with self.assertWarnsRegex(lrc.ScheduleWarning, "it is 5, and the policy says 0.0001"):
            update(optimizer)
        self.assertAlmostEqual(1 - 1e-4, parameter[0].item(), places=6)
        self.assertEqual(curve()[1], scheduler.value())

    def test_a_tensor_replaced_or_filled(self):
        for change in (lambda group: group.update(lr=0.5), lambda group: group["lr"].fill_(0.5)):
            optimizer = torch.optim.Adam([torch.nn.Parameter(torch.ones(1))], lr=torch.tensor(1.0))
            lrc.torch.Scheduler(optimizer, SENTENCE, **FACTS)
            update(optimizer)
            change(optimizer.param_groups[0])
            with self.assertRaisesRegex(lrc.Refused, "another hand wrote `lr`.*0.5"):
                update(optimizer)

    def test_what_is_no_optimizer(self):
        with self.assertRaisesRegex(TypeError, "list is no torch.optim.Optimizer.*makes the updates"):
            lrc.torch.Scheduler([sgd()], SENTENCE, **FACTS)

    def test_two_policies_on_one_optimizer(self):
        optimizer = sgd()
        first = lrc.torch.Scheduler(optimizer, SENTENCE, **FACTS)
        with self.assertRaisesRegex(lrc.Refused, "has an lrc scheduler already"):
            lrc.torch.Scheduler(optimizer, SENTENCE, **FACTS)
        first.detach()
        lrc.torch.Scheduler(optimizer, SENTENCE, **FACTS)


class Compiled(Quiet):
    """F: 10,000 values of the learning rate, one compilation."""

    def recompilations(self, whole, clock, optimizer_of, updates, backend):
        from torch._dynamo.utils import counters
        torch._dynamo.reset()
        parameters = [torch.nn.Parameter(torch.ones(2)) for _ in range(2)]
        optimizer = optimizer_of([{"params": [p]} for p in parameters], lr=torch.tensor(1.0))
        scheduler = lrc.torch.Scheduler(optimizer, SENTENCE, run=f"{updates} steps", peak=1e-3, clock=clock)

        def both():
            optimizer.step()
            scheduler.step()
        step = torch.compile(both if whole else optimizer.step, backend=backend)
        for k in range(updates):
            for parameter in parameters:
                parameter.grad = torch.ones(2)
            step()
            if not whole:
                scheduler.step()
            if k == 9:  # lazy state, first fill: compiled by then
                graphs = counters["stats"]["unique_graphs"]
        self.assertEqual(updates, scheduler.last_epoch)
        lr = optimizer.param_groups[0]["lr"]
        self.assertEqual(torch.tensor(scheduler.value(), dtype=lr.dtype), lr)
        return counters["stats"]["unique_graphs"] - graphs

    def test_no_recompilation_over_ten_thousand_updates(self):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            warnings.simplefilter("error", lrc.ScheduleWarning)
            for whole, clock, optimizer, updates, backend in (
                (False, "optimizer", torch.optim.SGD, 10_000, "eager"),
                (False, "optimizer", torch.optim.AdamW, 200, "eager"),
                (True, "optimizer", torch.optim.AdamW, 200, "eager"),
                (False, "calls", torch.optim.AdamW, 200, "eager"),
                (True, "calls", torch.optim.AdamW, 200, "eager"),
                (False, "optimizer", torch.optim.AdamW, 200, "inductor"),
            ):
                with self.subTest(whole=whole, clock=clock, optimizer=optimizer.__name__, backend=backend):
                    self.assertEqual(0, self.recompilations(whole, clock, optimizer, updates, backend))

    def test_one_graph_of_everything_is_refused_and_not_frozen(self):
        torch._dynamo.reset()
        parameter = torch.nn.Parameter(torch.ones(1))
        optimizer = torch.optim.SGD([parameter], lr=torch.tensor(1.0))
        lrc.torch.Scheduler(optimizer, SENTENCE, **FACTS)
        parameter.grad = torch.ones(1)
        with self.assertRaisesRegex(torch._dynamo.exc.Unsupported, "_before_update"):
            torch.compile(optimizer.step, backend="eager", fullgraph=True)()

    def test_groups_with_values_of_their_own_have_tensors_of_their_own(self):
        policy = "policy p version 1 {\n run 10 steps\n peak 1\n lr = constant\n group head matches \"head\" { lr = 0.5x }\n}"
        groups = [{"params": [("body", torch.nn.Parameter(torch.ones(1)))]}, {"params": [("head", torch.nn.Parameter(torch.ones(1)))]}]
        optimizer = torch.optim.AdamW(groups, lr=torch.tensor(3.0))
        lrc.torch.Scheduler(optimizer, policy)
        self.assertEqual([1.0, 0.5], [group["lr"].item() for group in optimizer.param_groups])


class Agree(Quiet):
    def test_a_scheduler_is_as_good_as_its_run(self):
        agreement = lrc.torch.Agreement(torch.distributed.HashStore(), 0, 1)
        agreement.check(lrc.torch.Scheduler(sgd(), SENTENCE, **FACTS))
        with self.assertRaisesRegex(lrc.WrongCall, "from 1 on"):
            agreement.check_every(0, lrc.torch.Scheduler(sgd(), SENTENCE, **FACTS))


class Reactions(Quiet):
    def test_a_plateau_acts_on_the_coming_update_and_counts_an_evaluation_once(self):
        optimizer = sgd()
        policy = "policy p version 1 {\n run 100 steps\n peak 1\n lr = constant\n on plateau of val_loss falling for 2 evals { lr by 0.5, not below 0.01x }\n}"
        scheduler = lrc.torch.Scheduler(optimizer, policy)
        for evaluation in range(3):
            for _ in range(8):  # eight processes report it
                scheduler.observe("val_loss", 2.0, evaluation)
        self.assertEqual(0.5, optimizer.param_groups[0]["lr"])


if __name__ == "__main__":
    unittest.main(verbosity=1)
