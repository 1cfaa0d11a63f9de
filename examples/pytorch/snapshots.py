"""Keeps a snapshot at each mark of snapshots.lrp and one at the end; the four vote on the digits (snapshot ensembling,
arXiv 1704.00109). Where the marks lie the command `lrc explain` says: LRC is its path, if it is not on PATH."""
import copy
import json
import os
import subprocess
from pathlib import Path

import torch

import digits
import lrc.torch

POLICY = Path(__file__).with_name("snapshots.lrp")


def marks():
    """The update at which each mark of the policy lies."""
    call = [os.environ.get("LRC", "lrc"), "explain", POLICY, "--format", "json"]
    told = json.loads(subprocess.run(call, check=True, capture_output=True, text=True).stdout)
    return {int(mark["at"]["steps"]): mark["name"] for mark in told["marks"]}


torch.set_num_threads(1)
images, labels, test_images, test_labels = digits.load()
model = digits.network()
optimizer = torch.optim.SGD(model.parameters(), lr=0.0, momentum=0.9)
scheduler = lrc.torch.Scheduler(optimizer, POLICY)
keep_at = {**marks(), scheduler.run.updates: "the end"}
snapshots = {}
for number, batch in enumerate(digits.batches(scheduler.run.updates, 32)):
    loss = torch.nn.functional.cross_entropy(model(images[batch]), labels[batch])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if number + 1 in keep_at:
        snapshots[keep_at[number + 1]] = copy.deepcopy(model)
        print(f"kept {keep_at[number + 1]} after update {number}, whose lr was {scheduler.used('lr'):.2g}; accuracy "
              f"{digits.accuracy(model, test_images, test_labels):.3f}")


def vote(batch):
    return torch.stack([snapshot(batch).softmax(1) for snapshot in snapshots.values()]).mean(0)


print(f"accuracy {digits.accuracy(vote, test_images, test_labels):.3f} of the {len(snapshots)} together")
