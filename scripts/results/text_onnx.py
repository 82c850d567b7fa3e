"""A real encoder with a head of two classes as ONNX, and its logits beside this program's: what docs/results/text.md says of it.

Usage: python scripts/results/text_onnx.py export MODEL FOLDER script|dynamo
       transferscope text run FOLDER --data text:FILE --limit 40 --out answers.npz
       python scripts/results/text_onnx.py compare MODEL FILE answers.npz

`export` writes a folder as Optimum's are (config.json, tokenizer.json, model.onnx), batch and length open. The head, and whatever
else the encoder's file lacks, is random from seed 0, so `compare` makes the same network again.
"""

import json
import pathlib
import shutil
import sys

import numpy as np
import torch
import transformers
from transformers import AutoModelForSequenceClassification, AutoTokenizer

INPUTS = ["input_ids", "attention_mask", "token_type_ids"]


class Logits(torch.nn.Module):
    def __init__(self, network):
        super().__init__()
        self.network = network

    def forward(self, input_ids, attention_mask, token_type_ids):
        return self.network(input_ids=input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids).logits


def classifier(folder):
    torch.manual_seed(0)
    names = {0: "0", 1: "1"}
    network = AutoModelForSequenceClassification.from_pretrained(
        folder, num_labels=2, id2label=names, label2id={name: number for number, name in names.items()})
    return network.eval()


def export(model, folder, exporter):
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    network, tokenizer = classifier(model), AutoTokenizer.from_pretrained(model)
    network.config.save_pretrained(folder)
    shutil.copy(pathlib.Path(model) / "tokenizer.json", folder / "tokenizer.json")
    fed = tokenizer(["a fine film", "dull"], padding=True, return_tensors="pt")
    arguments = tuple(fed[name] for name in INPUTS)
    common = {"input_names": INPUTS, "output_names": ["logits"]}
    path = folder / "model.onnx"
    if exporter == "dynamo":
        sizes = {0: torch.export.Dim("batch"), 1: torch.export.Dim("sequence", max=network.config.max_position_embeddings)}
        shapes = tuple(sizes for _ in arguments)
        torch.onnx.export(Logits(network), arguments, path, dynamo=True, dynamic_shapes=shapes, verbose=False, **common)
    else:
        axes = {name: {0: "batch", 1: "sequence"} for name in INPUTS} | {"logits": {0: "batch"}}
        torch.onnx.export(Logits(network), arguments, path, dynamo=False, opset_version=17, dynamic_axes=axes, **common)


def compare(model, sentences, arrays):
    found = np.load(arrays)
    count, length = found["tokens"].shape
    texts = [line.split(None, 1)[1] for line in pathlib.Path(sentences).read_text().splitlines()[:count]]
    fed = AutoTokenizer.from_pretrained(model)(
        texts, padding="max_length", truncation=True, max_length=int(length), return_tensors="pt")
    assert (fed["input_ids"].numpy() == found["tokens"].astype(np.int64)).all(), "the tokens differ"
    with torch.no_grad():
        expected = classifier(model)(**fed).logits.numpy()
    print(json.dumps({
        "versions": {module.__name__: module.__version__ for module in (torch, transformers, np)},
        "sentences": count, "length": int(length), "tokens": int(fed["attention_mask"].sum()),
        "largest_difference": float(np.abs(found["logits"] - expected).max()),
        "largest_logit": float(np.abs(expected).max()),
    }, indent=1))


if __name__ == "__main__":
    {"export": export, "compare": compare}[sys.argv[1]](*sys.argv[2:])
