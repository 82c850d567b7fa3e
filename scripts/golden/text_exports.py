"""A miniature BERT classifier with random weights, exported by both exporters of PyTorch, with the logits and the gradients at the
looked-up vectors that PyTorch gives in float64: for crates/import/tests/text_exports.rs.

Run: python scripts/golden/text_exports.py crates/import/tests/golden/text_exports.zip

Exports differ in the exporter, in attention (sdpa, eager), in whether batch and length are open, and in whether token_type_ids
is an input. Prints its versions.
"""

import copy
import json
import pathlib
import sys
import tempfile
import warnings
import zipfile

import numpy
import onnx
import onnxscript
import torch
import transformers
from transformers import BertConfig, BertForSequenceClassification

PIECES = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "the", "film", "##s", "is", "fine", "dull", ",", ".", "plot", "and"]
TOKENS = [[2, 5, 6, 8, 9, 12, 3, 0, 0, 0, 0, 0], [2, 5, 6, 7, 11, 14, 5, 13, 8, 10, 14, 3], [2, 9, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0]]
INPUTS = ["input_ids", "attention_mask", "token_type_ids"]
# Name, exporter, attention, batch (0 where it and the length are open), inputs.
EXPORTS = [
    ("script", "script", "sdpa", 0, 3),
    ("script_eager", "script", "eager", 0, 3),
    ("script_two_inputs", "script", "sdpa", 0, 2),
    ("script_batch_of_1", "script", "sdpa", 1, 3),
    ("script_batch_of_3", "script", "sdpa", 3, 3),
    ("dynamo", "dynamo", "sdpa", 0, 3),
    ("dynamo_eager", "dynamo", "eager", 0, 3),
    ("dynamo_two_inputs", "dynamo", "sdpa", 0, 2),
    ("dynamo_batch_of_1", "dynamo", "sdpa", 1, 3),
    ("dynamo_batch_of_3", "dynamo", "sdpa", 3, 3),
]


class Logits(torch.nn.Module):
    """What Optimum exports: the inputs in their order, the logits alone."""

    def __init__(self, network):
        super().__init__()
        self.network = network

    def forward(self, input_ids, attention_mask, token_type_ids=None):
        return self.network(input_ids=input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids).logits


def miniature():
    config = BertConfig(
        vocab_size=len(PIECES), hidden_size=8, num_hidden_layers=2, num_attention_heads=2, intermediate_size=12,
        max_position_embeddings=16, hidden_act="gelu", hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0,
        id2label={0: "neg", 1: "pos", 2: "none"}, label2id={"neg": 0, "pos": 1, "none": 2},
    )
    torch.manual_seed(0)
    network = BertForSequenceClassification(config).eval()
    with torch.no_grad():
        for weight in network.parameters():
            # Far from the small initial numbers, so that attention and normalization matter; of few digits, so that they pack.
            weight.copy_(torch.round(torch.randn_like(weight) * 8) / 16)
    return network


def fed(tokens):
    ids = torch.tensor(tokens)
    return [ids, (ids > 0).long(), torch.zeros_like(ids)]


def exported(network, exporter, attention, batch, inputs, path):
    network.set_attn_implementation(attention)
    model, names = Logits(network).eval(), INPUTS[:inputs]
    arguments = tuple(array[: batch or 3] for array in fed(TOKENS)[:inputs])
    common = {"input_names": names, "output_names": ["logits"]}
    if exporter == "dynamo":
        sizes = {0: torch.export.Dim("batch"), 1: torch.export.Dim("sequence", max=16)}
        shapes = None if batch else tuple(sizes for _ in arguments)
        torch.onnx.export(model, arguments, path, dynamo=True, dynamic_shapes=shapes, verbose=False, external_data=False, **common)
    else:
        axes = {} if batch else {name: {0: "batch", 1: "sequence"} for name in names} | {"logits": {0: "batch"}}
        torch.onnx.export(model, arguments, path, dynamo=False, opset_version=17, dynamic_axes=axes, **common)


def bare(path):
    """The file without what the exporter says of its own run (traces of calls, with the folders of this machine)."""
    model = onnx.load(path)
    graph = model.graph
    for part in [model, graph, *graph.node, *graph.initializer, *graph.input, *graph.output, *model.functions]:
        part.ClearField("metadata_props")
        part.ClearField("doc_string")
    graph.ClearField("value_info")
    return model.SerializeToString()


def answers(network):
    network = copy.deepcopy(network).double()
    ids, mask, kinds = fed(TOKENS)
    vectors = network.bert.embeddings.word_embeddings(ids).detach().requires_grad_(True)
    logits = network(inputs_embeds=vectors, attention_mask=mask, token_type_ids=kinds).logits
    logits[:, 0].sum().backward()
    return {"tokens": TOKENS, "logits": logits.tolist(), "gradient": vectors.grad.tolist()}


def main():
    torch.set_num_threads(1)
    versions = {module.__name__: module.__version__ for module in (torch, transformers, onnx, onnxscript, numpy)}
    print(versions)
    network = miniature()
    with zipfile.ZipFile(sys.argv[1], "w", zipfile.ZIP_DEFLATED) as archive, tempfile.TemporaryDirectory() as folder:
        archive.writestr("versions.txt", "".join(f"{name} {version}\n" for name, version in versions.items()))
        archive.writestr("vocab.txt", "\n".join(PIECES) + "\n")
        archive.writestr("config.json", network.config.to_json_string())
        archive.writestr("expected.json", json.dumps(answers(network)))
        path = pathlib.Path(folder) / "model.onnx"
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for name, *how in EXPORTS:
                exported(copy.deepcopy(network), *how, path)
                archive.writestr(f"{name}.onnx", bare(path))


if __name__ == "__main__":
    main()
