"""The same fine-tuning of a sentence encoder in PyTorch and transformers: what docs/results/text.md holds ours to.

Usage: python scripts/results/finetune_pytorch.py MODEL TRAIN.txt TEST.txt --limit 3000 --seeds 0 1 2 > pytorch.json
beside: transferscope text train MODEL#length=64 --preset paper --data text:TRAIN.txt#limit=3000 --test text:TEST.txt --seed S ...

Both take the first `limit` lines, cut and pad to `length` tokens, put one linear layer on the mean of the tokens, and change every
weight by AdamW (beta 0.9, 0.999, epsilon 1e-8, decay 0.01 but for biases and normalizations) in batches of 32: a tenth of the steps
the rate rises to 5e-5, then it falls to 0 along a line. Dropout 0.1 at transformers' own places and before the head. No gradient is
clipped. What differs between the two is the order of the sentences, the masks of dropout and the head's first numbers: the seeds.

With `--in-order --dropout 0 --head FOLDER` here and `--in-order --dropout 0` there nothing differs: the head starts with the numbers that
the folder's model.safetensors holds (one that `text train ... --rate 1e-30` wrote). Then all losses are the same.
"""

import argparse
import json
import pathlib
import sys
import time

import torch
import transformers
from safetensors.torch import load_file
from transformers import AutoConfig, AutoModel, AutoTokenizer

BATCH, RATE, DECAY, WARM = 32, 5e-5, 0.01, 0.1


class Classifier(torch.nn.Module):
    def __init__(self, folder, classes, dropout):
        super().__init__()
        config = AutoConfig.from_pretrained(folder, hidden_dropout_prob=dropout, attention_probs_dropout_prob=dropout)
        self.encoder = AutoModel.from_pretrained(folder, config=config, add_pooling_layer=False)
        self.dropout = torch.nn.Dropout(dropout)
        self.classifier = torch.nn.Linear(config.hidden_size, classes)

    def forward(self, ids, mask):
        states = self.encoder(input_ids=ids, attention_mask=mask).last_hidden_state
        weights = mask.unsqueeze(-1).to(states.dtype)
        return self.classifier(self.dropout((states * weights).sum(1) / weights.sum(1)))


def read(path, limit=None):
    rows = [line.split(None, 1) for line in pathlib.Path(path).read_text(encoding="utf-8").splitlines()[:limit]]
    return [text for _, text in rows], torch.tensor([int(label) for label, _ in rows])


def encoded(tokenizer, texts, length):
    fed = tokenizer(texts, padding="max_length", truncation=True, max_length=length, return_tensors="pt")
    return fed["input_ids"], fed["attention_mask"]


def accuracy(network, ids, mask, labels):
    network.eval()
    with torch.no_grad():
        said = [network(ids[at : at + 64], mask[at : at + 64]).argmax(1) for at in range(0, len(labels), 64)]
    return (torch.cat(said) == labels).float().mean().item()


def fine_tuned(arguments, seed):
    torch.manual_seed(seed)
    tokenizer = AutoTokenizer.from_pretrained(arguments.model)
    texts, labels = read(arguments.train, arguments.limit)
    test_texts, test_labels = read(arguments.test)
    ids, mask = encoded(tokenizer, texts, arguments.length)
    network = Classifier(arguments.model, int(labels.max()) + 1, arguments.dropout)
    if arguments.head:
        head = load_file(pathlib.Path(arguments.head) / "model.safetensors")
        network.classifier.load_state_dict({name: head[f"classifier.{name}"] for name in ("weight", "bias")})
    spared, decayed = [], []
    for weight in network.parameters():
        (spared if weight.ndim <= 1 else decayed).append(weight)
    groups = [{"params": decayed, "weight_decay": DECAY}, {"params": spared, "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW(groups, lr=RATE, betas=(0.9, 0.999), eps=1e-8)
    steps = arguments.epochs * -(-len(labels) // BATCH)
    warm = round(WARM * steps)
    factor = lambda step: (step + 1) / warm if step < warm else 1 - (step - warm) / (steps - warm)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, factor)
    started = time.perf_counter(), time.process_time()
    losses = []
    for _ in range(arguments.epochs):
        network.train()
        order = torch.arange(len(labels)) if arguments.in_order else torch.randperm(len(labels))
        for rows in order.split(BATCH):
            loss = torch.nn.functional.cross_entropy(network(ids[rows], mask[rows]), labels[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            losses.append(loss.item() * len(rows))
    seconds = time.perf_counter() - started[0]
    processor = time.process_time() - started[1]
    fed = encoded(tokenizer, test_texts, arguments.length)
    each = steps // arguments.epochs
    by_epoch = [sum(losses[at : at + each]) / len(labels) for at in range(0, steps, each)]
    found = {"seed": seed, "test_accuracy": accuracy(network, *fed, test_labels), "loss_by_epoch": by_epoch}
    return {**found, "seconds": seconds, "processor_seconds": processor}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("model")
    parser.add_argument("train")
    parser.add_argument("test")
    parser.add_argument("--limit", type=int)
    parser.add_argument("--length", type=int, default=64)
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--dropout", type=float, default=0.1)
    parser.add_argument("--head")
    parser.add_argument("--in-order", action="store_true")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    runs = [fine_tuned(arguments, seed) for seed in arguments.seeds]
    versions = {"torch": torch.__version__, "transformers": transformers.__version__}
    settings = {key: getattr(arguments, key) for key in ("limit", "length", "epochs", "dropout", "in_order", "threads")}
    json.dump({"versions": versions, **settings, "runs": runs}, sys.stdout, indent=1)
    print()


if __name__ == "__main__":
    main()
