"""npz files for transferscope from any torch.nn.Module. Models take pixels in [0, 1]; loaders give (images, labels)."""
import numpy as np
import torch
from torch.func import jacrev, vmap

def save(path, parts, **more):
    np.savez(path, **{name: torch.cat(rows).detach().cpu().numpy() for name, rows in parts.items()}, **more)

def for_score(path, model, head, loader, **outcome):
    """For `score`: `head` is the module whose input is the features; `outcome=0.93` adds a fine-tuned accuracy."""
    parts = {"features": [], "logits": [], "labels": []}
    hook = head.register_forward_hook(lambda module, inputs, output: parts["features"].append(inputs[0].detach()))
    for images, labels in loader:
        with torch.no_grad():
            parts["logits"].append(model(images))
        parts["labels"].append(labels)
    hook.remove()
    save(path, parts, **outcome)

def attack(model, images, eps, steps):  # PGD against the own prediction, steps of a quarter of eps, no random start
    own, x = model(images).argmax(1), images
    for _ in range(steps):
        x = x.detach().requires_grad_()
        slope = torch.autograd.grad(torch.nn.functional.cross_entropy(model(x), own, reduction="sum"), x)[0]
        x = torch.clamp(x + eps / 4 * slope.sign(), images - eps, images + eps).clamp(0, 1)
    return x.detach()

def for_deviations(path, source, target, loader, eps=8 / 255, steps=10):
    """For `measure --deviations`: how each model moves under the attack built on each."""
    models, parts = {"source": source, "target": target}, {}
    for images, _ in loader:
        moved = {name: attack(model, images, eps, steps) for name, model in models.items()}
        for (name, model), on in [(item, on) for item in models.items() for on in models]:
            parts.setdefault(f"{name}_under_{on}", []).append((model(moved[on]) - model(images)).detach())
    save(path, parts)

def for_jacobians(path, source, target, loader):  # for `measure --jacobians`: (N, outputs, pixels) of each model
    rows = lambda model, images: vmap(jacrev(lambda x: model(x[None])[0]))(images).flatten(2).detach()
    save(path, {name: [rows(model, images) for images, _ in loader] for name, model in (("source", source), ("target", target))})
