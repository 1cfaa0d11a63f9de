"""Trains on the digits with torch's schedulers: a warmup, then a cosine to a hundredth."""
import torch
from torch.optim.lr_scheduler import CosineAnnealingLR, LinearLR, SequentialLR

import digits

UPDATES = 300
torch.set_num_threads(1)
train_images, train_labels, test_images, test_labels = digits.load()
model = digits.network()
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
warmup = LinearLR(optimizer, start_factor=1 / 30, total_iters=29)
cosine = CosineAnnealingLR(optimizer, T_max=UPDATES - 30, eta_min=1e-4)
scheduler = SequentialLR(optimizer, [warmup, cosine], milestones=[30])

for number, batch in enumerate(digits.batches(UPDATES)):
    loss = torch.nn.functional.cross_entropy(model(train_images[batch]), train_labels[batch])
    optimizer.zero_grad()
    loss.backward()
    if number % 30 == 0:
        print(f"update {number:3}  lr {scheduler.get_last_lr()[0]:.6f}  loss {loss.item():.4f}")
    optimizer.step()
    scheduler.step()

torch.save({"model": model.state_dict(), "optimizer": optimizer.state_dict(), "scheduler": scheduler.state_dict()}, "digits.pt")
print(f"accuracy {digits.accuracy(model, test_images, test_labels):.3f}")
