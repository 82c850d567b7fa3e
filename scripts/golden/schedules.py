"""Reference values of crates/lab/tests/schedules_golden.rs: PyTorch's learning rate schedulers.

Run: python scripts/golden/schedules.py > crates/lab/tests/golden/schedules.json

Each case lists the rate of every step of a run of EPOCHS epochs of STEPS steps from the base rate RATE.
"""

import json
import sys
import warnings

import torch
from torch.optim.lr_scheduler import ConstantLR, CosineAnnealingLR, LinearLR, OneCycleLR, SequentialLR

warnings.filterwarnings("ignore")

RATE, EPOCHS, STEPS = 0.1, 5, 7
TOTAL = EPOCHS * STEPS


def rates(make, by_epoch=False):
    weight = torch.nn.Parameter(torch.zeros(1))
    optimizer = torch.optim.SGD([weight], lr=RATE)
    scheduler = make(optimizer)
    found = []
    for step in range(TOTAL):
        found.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        if not by_epoch or (step + 1) % STEPS == 0:
            # OneCycleLR refuses to be stepped past its end.
            if step + 1 < TOTAL:
                scheduler.step()
    return found


def warmed(then):
    def make(optimizer):
        first = LinearLR(optimizer, start_factor=1 / STEPS, end_factor=1.0, total_iters=STEPS - 1)
        return SequentialLR(optimizer, [first, then(optimizer, TOTAL - STEPS)], milestones=[STEPS])

    return make


def falling(optimizer, steps):
    return LinearLR(optimizer, start_factor=1.0, end_factor=0.0, total_iters=steps)


cases = {
    "constant": rates(lambda optimizer: ConstantLR(optimizer, factor=1.0)),
    "cosine": rates(lambda optimizer: CosineAnnealingLR(optimizer, TOTAL)),
    "cosine-by-epoch": rates(lambda optimizer: CosineAnnealingLR(optimizer, EPOCHS), by_epoch=True),
    "one-cycle": rates(lambda optimizer: OneCycleLR(optimizer, max_lr=RATE, total_steps=TOTAL, cycle_momentum=False)),
    "linear": rates(lambda optimizer: falling(optimizer, TOTAL)),
    "warm cosine": rates(warmed(CosineAnnealingLR)),
    "warm linear": rates(warmed(falling)),
}
versions = f"torch {torch.__version__}, Python {sys.version.split()[0]}"
json.dump({"versions": versions, "rate": RATE, "epochs": EPOCHS, "steps": STEPS, "cases": cases}, sys.stdout, indent=1)
print()
