"""A run that is made to diverge, by a learning rate that is too high: once with that rate throughout, once with the
rules of survive.lrp, which cut it at spikes and plateaus. Draws both into a file.

It is one seed, and the rate and the rules were chosen by looking at these digits: it shows what rules can do, not that
they save any run.

    survive.py OUT.png
"""
import json
import sys
from pathlib import Path

import matplotlib
import torch

import digits
import lrc.torch

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402

POLICY = Path(__file__).with_name("survive.lrp")
torch.set_num_threads(1)
images, labels, test_images, test_labels = digits.load()


def train(policy):
    """Loss and LR of every update, the updates at which rules fired and by what, and the accuracy."""
    model = digits.network()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.0, momentum=0.9)
    scheduler = lrc.torch.Scheduler(optimizer, policy)
    losses, rates, firings = [], [], []
    for number, batch in enumerate(digits.batches(scheduler.run.updates, 64)):
        loss = torch.nn.functional.cross_entropy(model(images[batch]), labels[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        rates.append(scheduler.used("lr"))
        scheduler.observe("loss", loss.item(), number + 1)
        if number % 10 == 9:
            with torch.no_grad():
                held_out = torch.nn.functional.cross_entropy(model(test_images), test_labels).item()
            scheduler.observe("val_loss", held_out, number // 10 + 1)
        firings += [(event["update"], event["trigger"]) for event in scheduler.events() if event["event"] == "firing"]
    return losses, rates, firings, digits.accuracy(model, test_images, test_labels)


def draw(path, runs):
    figure, (above, below) = plt.subplots(2, 1, figsize=(8, 6), sharex=True, layout="constrained")
    for (name, (losses, rates, firings, accuracy)), color in zip(runs.items(), ("C3", "C0")):
        above.plot(losses, color=color, label=f"{name}: accuracy {accuracy:.2f}", linewidth=1)
        below.plot(rates, color=color, label=name)
        for trigger, marker in (("spike", "v"), ("plateau", "o"), ("nonfinite", "x")):
            at = [update for update, by in firings if by == trigger]
            if at:
                below.plot(at, [rates[min(update, len(rates) - 1)] for update in at], marker, color=color, label=f"{trigger} fired")
    above.set(yscale="log", ylabel="loss of the batch")
    below.set(yscale="log", ylabel="learning rate", xlabel="update")
    above.legend()
    below.legend()
    figure.savefig(path, dpi=100)


runs = {
    "constant": train("policy constant version 1 { peak 0.5\n run 400 steps\n lr = warmup 2% then hold }"),
    "with rules": train(POLICY),
}
draw(sys.argv[1], runs)
for name, (losses, rates, firings, accuracy) in runs.items():
    print(json.dumps({"run": name, "last_losses": losses[-20:], "last_lr": rates[-1], "firings": firings, "accuracy": accuracy}))
