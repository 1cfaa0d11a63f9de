"""Learns the digits 0 to 4, then all ten, by fine_tune.lrp: layer-wise decay and gradual unfreezing."""
from pathlib import Path

import torch

import digits
import lrc
import lrc.torch

POLICY = Path(__file__).with_name("fine_tune.lrp")
torch.set_num_threads(1)
images, labels, test_images, test_labels = digits.load()
model = digits.network()


def update(optimizer, chosen):
    loss = torch.nn.functional.cross_entropy(model(images[chosen]), labels[chosen])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()


def learn_the_first_five():
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
    for batch in digits.batches(150):
        update(optimizer, batch[labels[batch] < 5])


learn_the_first_five()
before = {name: parameter.detach().clone() for name, parameter in model.named_parameters()}
policy = lrc.compile(POLICY)
optimizer = torch.optim.AdamW(lrc.torch.parameter_groups(model, policy), lr=0.0)
scheduler = lrc.torch.Scheduler(optimizer, policy)
first_change = {}
print(f"accuracy {digits.accuracy(model, test_images, test_labels):.3f} on ten digits, of which five were never seen")
for number, batch in enumerate(digits.batches(200, first=1000)):
    update(optimizer, batch)
    for name, parameter in model.named_parameters():
        if name not in first_change and not torch.equal(parameter, before[name]):
            first_change[name] = number
    if number % 20 == 19:
        rates = "  ".join(f"{name or 'head'} {scheduler.run.value('lr', name):.6f}" for name in scheduler.run.groups)
        print(f"update {number + 1:3}  coming lr: {rates}")
for name, number in first_change.items():
    print(f"{name} moved first at update {number}")
print(f"accuracy {digits.accuracy(model, test_images, test_labels):.3f}")
