"""BERT against Hugging Face's transformers.

Miniature (committed under crates/import/tests/golden/bert-miniature: config.json, model.safetensors, vocab.txt, expected.json):
    python scripts/golden/bert.py miniature crates/import/tests/golden/bert-miniature
A network of two layers with random weights; logits of its classifier and the mean of its tokens, in float64.

A real encoder against what this program wrote for the same sentences:
    transferscope text run FOLDER --data text:FILE --out embeddings.npz
    python scripts/golden/bert.py compare FOLDER FILE embeddings.npz
prints the largest difference between the program's features and the mean of transformers' tokens.
"""

import json
import pathlib
import sys

import numpy as np
import torch
import transformers
from safetensors.torch import save_file
from tokenizers import BertWordPieceTokenizer
from transformers import AutoModel, AutoTokenizer, BertConfig, BertForSequenceClassification

PIECES = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "the", "film", "##s", "is", "fine", "dull", ",", ".", "plot", "and"]
SENTENCES = ["The film is fine.", "The films, and the plot, is dull and unseen and fine and dull and fine.", "Fine"]
LENGTH = 12


def versions():
    return {"torch": torch.__version__, "transformers": transformers.__version__, "numpy": np.__version__}


def mean_of_tokens(states, mask):
    weights = mask.unsqueeze(-1).to(states.dtype)
    return (states * weights).sum(1) / weights.sum(1)


def miniature(folder):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "vocab.txt").write_text("\n".join(PIECES) + "\n")
    config = BertConfig(
        vocab_size=len(PIECES), hidden_size=8, num_hidden_layers=2, num_attention_heads=2, intermediate_size=12,
        max_position_embeddings=16, hidden_act="gelu", hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0,
        id2label={0: "neg", 1: "pos", 2: "none"}, label2id={"neg": 0, "pos": 1, "none": 2},
    )
    torch.manual_seed(0)
    network = BertForSequenceClassification(config).eval()
    with torch.no_grad():
        for weight in network.parameters():
            # Far from the small initial numbers, so that attention and normalization matter.
            weight.copy_(torch.randn_like(weight) * 0.5)
    kept = {name: array.clone().contiguous() for name, array in network.state_dict().items() if array.is_floating_point()}
    save_file(kept, folder / "model.safetensors")
    config.save_pretrained(folder)
    tokenizer = BertWordPieceTokenizer(str(folder / "vocab.txt"), lowercase=True)
    tokenizer.enable_truncation(LENGTH)
    tokenizer.enable_padding(length=LENGTH)
    read = tokenizer.encode_batch(SENTENCES)
    fed = {
        "input_ids": torch.tensor([text.ids for text in read]),
        "attention_mask": torch.tensor([text.attention_mask for text in read]),
    }
    network = network.double()
    with torch.no_grad():
        logits = network(**fed).logits
        states = network.bert(**fed).last_hidden_state
    expected = {
        "versions": versions(), "length": LENGTH, "sentences": SENTENCES, "tokens": fed["input_ids"].tolist(),
        "logits": logits.tolist(), "mean_of_tokens": mean_of_tokens(states, fed["attention_mask"]).tolist(),
    }
    (folder / "expected.json").write_text(json.dumps(expected, indent=1) + "\n")


def compare(folder, sentences, arrays):
    texts = [line.split(None, 1)[1] for line in pathlib.Path(sentences).read_text().splitlines()]
    found = np.load(arrays)
    tokenizer, network = AutoTokenizer.from_pretrained(folder), AutoModel.from_pretrained(folder).eval()
    length = int(found["tokens"].shape[1])
    parts = []
    texts = texts[: len(found["features"])]
    with torch.no_grad():
        for start in range(0, len(texts), 32):
            batch = texts[start : start + 32]
            fed = tokenizer(batch, padding="max_length", truncation=True, max_length=length, return_tensors="pt")
            tokens = found["tokens"][start : start + 32].astype(np.int64)
            assert (fed["input_ids"].numpy() == tokens).all(), "the tokens differ"
            parts.append(mean_of_tokens(network(**fed).last_hidden_state, fed["attention_mask"]).numpy())
    expected = np.concatenate(parts)
    difference = np.abs(found["features"] - expected)
    unit = lambda rows: rows / np.linalg.norm(rows, axis=1, keepdims=True)
    print(json.dumps({
        "versions": versions(), "sentences": len(texts), "length": length,
        "largest_difference": float(difference.max()),
        "largest_difference_of_unit_vectors": float(np.abs(unit(found["features"]) - unit(expected)).max()),
        "largest_number": float(np.abs(expected).max()),
    }, indent=1))


if __name__ == "__main__":
    if sys.argv[1] == "miniature":
        miniature(pathlib.Path(sys.argv[2]))
    else:
        compare(*sys.argv[2:5])
