"""lrc.torch.DeviceScheduler in a captured update of PyTorch: rules, groups and states have the bits of the host, a replay asks the host
for nothing, and compiled code is not compiled again.
"""
import sys

from driver import Driver
from part import Result
from pytorch import imported

TITLE = "PyTorch, what a captured update asks of the host"
REPLAYS = 10_000
PROFILED = 100
LOOKS = 97  # bits are read back at every so many replays; a prime, so that no cycle hides
WARMUP = 3  # updates on a side stream before a capture, as torch asks for
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

    def __init__(self, torch, policy, **options):
        import lrc.torch
        torch.manual_seed(1)
        layers = torch.nn.Linear(64, 256), torch.nn.LayerNorm(256), torch.nn.ReLU(), torch.nn.Linear(256, 1)
        self.torch, self.model = torch, torch.nn.Sequential(*layers).cuda()
        self.x, self.y = torch.randn(512, 64, device="cuda"), torch.randn(512, 1, device="cuda")
        self.optimizer = torch.optim.AdamW(lrc.torch.parameter_groups(self.model, policy), lr=1e-3, **options)
        self.scheduler = self.schedule(policy)
        self.loss = torch.zeros((), device="cuda")

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


def check_bits(result, trainer, host, replays):
    """Each head judges the loss that the head before it left. `host` is told the same ones."""
    graph, torch, scheduler = trainer.captured(), trainer.torch, trainer.scheduler
    host.load(scheduler.state_dict()["record"])  # behind the warm-up
    mailbox = scheduler._view(6, 0, torch.float64)  # LRC_DEVICE_METRIC
    found = torch.zeros(host.step + replays, dtype=torch.float64, device="cuda")
    looks = wrong = 0
    for step in range(host.step, host.step + replays):
        found[step] = mailbox
        graph.replay()
        if step % LOOKS == 0:
            go(host, found, step)
            looks += 1
            wrong += not same(trainer, host)
    go(host, found, step)
    host.advance()
    host.observe("loss", float(mailbox), host.step - 1)  # a state has what has come
    firings = sum(event["event"] == "firing" for event in scheduler.events())
    result.figure("replays with rules and groups", f"{replays:,}; {looks} looked at, {wrong} with other bits than the host's; {firings} firings told")
    result.claim("every number of every group is the host's", wrong == 0)
    result.claim("rules fired", firings > 0)
    result.claim("the state is the host's", scheduler.state_dict()["record"] == host.save())


def go(host, found, step):
    """To update `step`. The head of update k judges evaluation k - 1; a second time is nothing."""
    host.observe("loss", float(found[host.step]), host.step - 1)
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


def check_host_work(result, trainer, replays):
    graph, torch, called = trainer.captured(), trainer.torch, []
    torch.cuda.synchronize()
    sys.setprofile(lambda frame, event, _: called.append(frame.f_code.co_filename) if event == "call" else None)
    try:
        for _ in range(replays):
            graph.replay()
    finally:
        sys.setprofile(None)
    ours = sum("/lrc/" in name for name in called)
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
    check_host_work(result, Trainer(torch, policy, fused=True), REPLAYS)
    check_compiled(result, Trainer(torch, policy, capturable=True, foreach=True), REPLAYS)
    return result
