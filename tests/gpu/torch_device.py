"""lrc.torch.DeviceScheduler in a captured update of PyTorch: rules, groups and states have the bits of the host, a replay asks the host
for nothing, and compiled code is not compiled again.
"""
import os
import sys

from driver import Driver
from part import Result
from pytorch import imported

TITLE = "PyTorch, what a captured update asks of the host"
REPLAYS = 10_000
PROFILED = 100
LOOKS = 97  # bits are read back at every so many replays; a prime, so that no cycle hides
WARMUP = 3  # updates on a side stream before a capture, as torch asks for
LARGE = 2.0**20  # times a loss: its gradients overflow before a GradScaler's scale does, which is never let so far
NAMES = ("0.weight", "0.bias", "1.weight", "1.bias", "3.weight", "3.bias")  # of Trainer's model
POLICY = """policy captured version 1 {
  run 20K steps
  peak 1e-3
  lr           = warmup 500 steps linear then cosine to 0.1x
  weight_decay = 0.1
  on threshold of loss below 100 { lr by 0.7 for 50 steps }
  on plateau of loss falling for 40 evals { lr by 0.9, at most 20 times }
  group norms matches "1.*", "*.bias" { weight_decay = 0  lr = 0.5x }
}
"""


class Trainer:
    """A small network, whose update is one captured graph."""

    DEVICE = "cuda"

    def __init__(self, torch, policy, **options):
        import lrc.torch
        torch.manual_seed(1)
        layers = torch.nn.Linear(64, 256), torch.nn.LayerNorm(256), torch.nn.ReLU(), torch.nn.Linear(256, 1)
        self.torch, self.model = torch, torch.nn.Sequential(*layers).to(self.DEVICE)
        self.x, self.y = torch.randn(512, 64, device=self.DEVICE), torch.randn(512, 1, device=self.DEVICE)
        self.optimizer = torch.optim.AdamW(lrc.torch.parameter_groups(self.model, policy), lr=1e-3, **options)
        self.scheduler = self.schedule(policy)
        self.loss = torch.zeros((), device=self.DEVICE)

    def schedule(self, policy):
        import lrc.torch
        return lrc.torch.DeviceScheduler(self.optimizer, policy)

    def update(self):
        self.scheduler.step()
        self.scheduler.observe("loss", self.loss)  # of the update before: judged at the next head
        self.optimizer.zero_grad(set_to_none=False)
        loss = (self.model(self.x) - self.y).square().mean()
        loss.backward()
        self.loss.copy_(loss.detach())
        self.optimizer.step()

    def captured(self):
        torch = self.torch
        stream = torch.cuda.Stream()
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream):
            for _ in range(WARMUP):
                self.update()
        torch.cuda.current_stream().wait_stream(stream)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            self.update()
        return graph


class Scaled(Trainer):
    """With a GradScaler whose scale is doubled until gradients overflow, again and again."""

    def schedule(self, policy):
        import lrc.torch
        self.scaler = self.torch.amp.GradScaler(self.DEVICE, init_scale=2.0**120, growth_interval=5)
        return lrc.torch.DeviceScheduler(self.optimizer, policy, found_inf=self.scaler)

    def update(self):
        self.scheduler.step()
        self.optimizer.zero_grad(set_to_none=False)
        loss = (self.model(self.x) - self.y).square().mean()
        self.scaler.scale(LARGE * loss).backward()
        self.scaler.step(self.optimizer)
        self.scaler.update()

    def applied(self):
        """By torch's own count."""
        return {int(state["step"]) for state in self.optimizer.state.values()}


def check_bits(result, trainer, host, replays):
    """Each head judges the loss that the head before it left. `host` is told the same ones."""
    graph, scheduler = trainer.captured(), trainer.scheduler
    warm = scheduler.state_dict()
    looks, wrong = follow(trainer, graph, host, warm, replays)
    firings = sum(event["event"] == "firing" for event in scheduler.events())
    result.figure("replays with rules and groups", f"{replays:,}; {looks} looked at, {wrong} with other bits than the host's; {firings} firings told")
    result.claim("every number of every group is the host's", wrong == 0)
    result.claim("rules fired", firings > 0)
    result.claim("the state is the host's", scheduler.state_dict()["record"] == host.save())
    scheduler.load_state_dict(warm)
    looks, wrong = follow(trainer, graph, host, warm, replays // 10)
    result.figure("replays behind a state that was loaded", f"{replays // 10:,}; {looks} looked at, {wrong} with other bits than the host's")
    result.claim("a captured graph goes on from a state that is loaded", wrong == 0 and scheduler.state_dict()["record"] == host.save())


def follow(trainer, graph, host, state, replays):
    """From the state on, where the device stands: how often it was compared with the host, and how often it differed."""
    torch, scheduler = trainer.torch, trainer.scheduler
    host.load(state["record"])
    mailbox = scheduler._view(6, 0, torch.float64)  # LRC_DEVICE_METRIC
    found = torch.zeros(host.step + replays + 1, dtype=torch.float64, device=trainer.DEVICE)
    looks = wrong = 0
    for step in range(host.step, host.step + replays):
        graph.replay()
        found[step + 1] = mailbox
        if step % LOOKS == 0:
            go(host, found, step)
            looks += 1
            wrong += not same(trainer, host)
    go(host, found, step + 1)
    return looks, wrong


def go(host, found, step):
    """To update `step`. The head of update k judges evaluation k - 1, which update k - 1 leaves."""
    while host.step < step:
        host.advance()
        host.observe("loss", float(found[host.step]), host.step - 1)


def same(trainer, host):
    torch, scheduler = trainer.torch, trainer.scheduler
    for index, group in enumerate(trainer.optimizer.param_groups):
        for output in host.outputs:
            wanted = host.value(output, scheduler._group_of[index])
            rounded = torch.tensor(wanted, dtype=torch.float64).to(torch.float32)
            if scheduler.value(output, index) != wanted or scheduler.tensor(output, index).cpu() != rounded:
                return False
        if group["lr"].data_ptr() != scheduler.tensor("lr", index).data_ptr():
            return False
    return int(scheduler.clock.steps) == host.step


def check_skipped(result, trainer, host, replays):
    graph, scheduler = trainer.captured(), trainer.scheduler
    looks = wrong = 0
    for replayed in range(1, replays + 1):
        graph.replay()
        if replayed % LOOKS == 0:
            while host.step < int(scheduler.clock.steps):
                host.advance()
            looks += 1
            wrong += not same(trainer, host)
    applied, skipped = scheduler.state_dict()["last_epoch"], int(scheduler.clock.skipped)
    result.figure("replays with a GradScaler", f"{replays:,}; {skipped:,} updates skipped; {looks} looked at, {wrong} with other bits than the host's")
    result.claim("GradScaler skipped updates, and left others", skipped > 0 and applied > 0)
    result.claim("the clock counts the updates that torch's optimizer counts", trainer.applied() == {applied})
    result.claim("each replay is an update or a skipped one", applied + skipped == WARMUP + replays)
    result.claim("the numbers of skipped updates come again", wrong == 0)


def check_host_work(result, trainer, replays):
    import lrc
    package = os.path.join(os.path.dirname(lrc.__file__), "")
    graph, torch, called = trainer.captured(), trainer.torch, []
    torch.cuda.synchronize()
    sys.setprofile(lambda frame, event, _: called.append(frame.f_code.co_filename) if event == "call" else None)
    try:
        for _ in range(replays):
            graph.replay()
    finally:
        sys.setprofile(None)
    ours = sum(name.startswith(package) for name in called)
    result.figure(f"calls of the package in {replays:,} replays", ours)
    result.claim("a replay calls nothing of the package", ours == 0)
    result.claim("each replay is one update", trainer.scheduler.state_dict()["last_epoch"] == replays + WARMUP)
    with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CUDA]) as profile:
        for _ in range(PROFILED):
            graph.replay()
        torch.cuda.synchronize()
    names = [event.name for event in profile.events()]
    kernels, copies = sum(name.startswith("lrc_update") for name in names), sum("HtoD" in name for name in names)
    result.figure(f"of {PROFILED} replays, by torch.profiler", f"{kernels} kernels of lrc, {copies} copies from the host")
    result.claim("a replay runs the kernel once", kernels == PROFILED)
    result.claim("a replay copies nothing from the host", copies == 0)


def check_compiled(result, trainer, updates):
    from torch._dynamo.utils import counters
    trainer.update()  # lazy state
    step, graphs = trainer.torch.compile(trainer.optimizer.step), None
    for k in range(updates):
        trainer.scheduler.step()
        step()
        if k == 9:
            graphs = counters["stats"]["unique_graphs"]
    again = counters["stats"]["unique_graphs"] - graphs
    result.figure(f"compilations in {updates:,} updates of compiled code, behind the first ten", again)
    result.claim("nothing is compiled again", again == 0)


def run(place):
    Driver()
    torch, _ = imported(place)
    import lrc
    result, policy = Result(), lrc.load(place.file("torch_device.lrpc"))
    trainer = Trainer(torch, policy, capturable=True, foreach=False)
    names = [name for group in trainer.optimizer.param_groups for name in group["param_names"]]
    check_bits(result, trainer, policy.bind(names=names), REPLAYS)
    check_skipped(result, Scaled(torch, policy, fused=True, capturable=True), policy.bind(names=names), REPLAYS)
    check_host_work(result, Trainer(torch, policy, fused=True, capturable=True), REPLAYS)
    check_compiled(result, Trainer(torch, policy, capturable=True, foreach=True), REPLAYS)
    return result
