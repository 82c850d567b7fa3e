"""TextAttack's HotFlip on our small text networks: what docs/results/text.md holds ours to.

Usage: python scripts/results/hotflip_textattack.py TRANSFERSCOPE FOLDER TEST.txt --limit 200 > found.json
where FOLDER is what `transferscope text train text-bag#length=64 ...` (or text-cnn) wrote and TEST.txt has `LABEL text` lines.

The network is rebuilt in PyTorch; its tokens must be those of `transferscope text run` and its logits equal to 1e-5. Then both
attack the same lines, each judged against the network's own prediction: TextAttack gets it as the label, so that it skips none.
WordSwapGradientBased(top_n=16), BeamSearch(beam_width=1), UntargetedClassification, RepeatModification, StopwordModification and
MaxWordsPerturbed, brought to our rules:

- A text is given to it as its lower-cased runs of letters and digits with spaces between, cut at the network's length: it takes
  the place of a word for the place of a token, and what it calls words ("it's", "well-made") are not our tokens.
- Stop words are those of crates/lab/src/text/stop_words.rs; its tokenizer has no word for their numbers, so none is put in.
- As many words may change as with ours, a fifth of those that are no stop words, but one always. MaxWordsPerturbed takes one
  number, so each text has an attack of its own. With --percent it is TextAttack's way: a fifth of all words, rounded up.
- Of the texts it tries it follows the one with the smallest probability of the label, even where another already fools the
  network. With --flips-first that other comes first, as with ours.
- Its gradient attack takes no network but its own LSTMForClassification, so ours is derived from it and has nothing of it.

TextAttack reads nltk's stop words when it is imported and ends where they are not there, so nltk is pointed at a folder that has
our list under that name; TextAttack's cache goes there too. How to install it: docs/results/text.md.
"""

import argparse
import json
import os
import pathlib
import re
import resource
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version

import numpy
import torch
from safetensors.torch import load_file

MOST_SHARE, TRIED, BEAM = 0.2, 16, 1
PADDING, UNKNOWN = 0, 1


def stop_words():
    source = pathlib.Path(__file__).parents[2] / "crates/lab/src/text/stop_words.rs"
    listed = re.search(r"STOP_WORDS: \[&str; (\d+)\] = \[(.*?)\];", source.read_text(encoding="utf-8"), re.S)
    words = re.findall(r'"(\w+)"', listed[2])
    assert len(words) == int(listed[1])
    return words


STOP_WORDS = stop_words()
SCRATCH = tempfile.TemporaryDirectory()
corpora = pathlib.Path(SCRATCH.name) / "corpora/stopwords"
corpora.mkdir(parents=True)
(corpora / "english").write_text("\n".join(STOP_WORDS), encoding="utf-8")
os.environ.setdefault("NLTK_DATA", SCRATCH.name)
os.environ.setdefault("TA_CACHE_DIR", SCRATCH.name)

import textattack  # noqa: E402
from textattack.attack_results import SuccessfulAttackResult  # noqa: E402
from textattack.constraints.overlap import MaxWordsPerturbed  # noqa: E402
from textattack.constraints.pre_transformation import RepeatModification, StopwordModification  # noqa: E402
from textattack.goal_functions import UntargetedClassification  # noqa: E402
from textattack.models.helpers import LSTMForClassification  # noqa: E402
from textattack.models.wrappers import PyTorchModelWrapper  # noqa: E402
from textattack.search_methods import BeamSearch  # noqa: E402
from textattack.transformations import WordSwapGradientBased  # noqa: E402


class Words:
    """Our tokenizer of words, as TextAttack asks for one."""

    pad_token_id = PADDING

    def __init__(self, folder, length):
        self.words = (folder / "vocab.txt").read_text(encoding="utf-8").splitlines()
        self.numbers = {word: number for number, word in enumerate(self.words)}
        self.length = length

    def runs(self, text):
        return "".join(letter if letter.isalnum() else " " for letter in text).lower().split()[: self.length]

    def __call__(self, texts):
        rows = [[self.numbers.get(word, UNKNOWN) for word in self.runs(text)] or [UNKNOWN] for text in texts]
        return [row + [PADDING] * (self.length - len(row)) for row in rows]

    def convert_id_to_word(self, number):
        word = self.words[number]
        return "" if number <= UNKNOWN or word in STOP_WORDS else word


class Network(LSTMForClassification):
    """text-bag or text-cnn, told by their weights."""

    def __init__(self, folder):
        torch.nn.Module.__init__(self)
        weights = load_file(folder / "model.safetensors")
        self.embedding = torch.nn.Embedding.from_pretrained(weights["embedding.weight"])
        self.weights = torch.nn.ParameterDict({name.replace(".", "_"): weight for name, weight in weights.items()})
        self.requires_grad_(False)

    def get_input_embeddings(self):
        return self.embedding

    def forward(self, ids):
        mask = ids.clamp(0, 1).to(torch.float32)
        kept, of = self.embedding(ids) * mask.unsqueeze(-1), self.weights
        if "hidden_weight" in of:
            mean = kept.mean(1) / mask.mean(1, keepdim=True)
            features = torch.nn.functional.linear(mean, of["hidden_weight"], of["hidden_bias"]).relu()
        else:
            row = kept.transpose(1, 2).unsqueeze(2)
            windows = [torch.nn.functional.conv2d(row, of[f"conv{n}_weight"], of[f"conv{n}_bias"]) for n in (3, 4, 5)]
            features = torch.cat([answers.relu().amax((2, 3)) for answers in windows], 1)
        return torch.nn.functional.linear(features, of["classifier_weight"], of["classifier_bias"])


class FlipsFirst(UntargetedClassification):
    """Any text that fools the network before all that do not."""

    def _get_score(self, output, text):
        return super()._get_score(output, text) + float(self._is_goal_complete(output, text))


def wilson(hits, count, z=1.959964):
    share = hits / count
    middle, half = share + z * z / (2 * count), z * (share * (1 - share) / count + z * z / (4 * count * count)) ** 0.5
    return [(middle - half) / (1 + z * z / count), (middle + half) / (1 + z * z / count)]


def summary(changes, count, seconds, processor):
    """Of attacks on texts: what was put where, or None where the network was not fooled."""
    sizes = numpy.array([len(change) for change in changes if change is not None])
    error = float(sizes.std(ddof=1) / len(sizes) ** 0.5)
    fooled = {"fooled": len(sizes) / count, "ci95": wilson(len(sizes), count)}
    return {**fooled, "words_changed": float(sizes.mean()), "std_error": error, "seconds": seconds, "processor_seconds": processor}


def ours(arguments, *command):
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    line = [arguments.transferscope, "text", command[0], arguments.folder, "--data", f"text:{arguments.texts}"]
    line += ["--limit", str(arguments.limit), "--threads", "1", *command[1:]]
    printed = subprocess.run(line, check=True, capture_output=True, text=True).stdout
    seconds, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    return printed, seconds, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def theirs(arguments, wrapper, texts, labels):
    tokenizer, changes, fed = wrapper.tokenizer, [], []
    goal = (FlipsFirst if arguments.flips_first else UntargetedClassification)(wrapper)
    swap, started = WordSwapGradientBased(wrapper, top_n=TRIED), (time.perf_counter(), time.process_time())
    for text, label in zip(texts, labels):
        runs = tokenizer.runs(text)
        fed.append(" ".join(runs))
        assert textattack.shared.AttackedText(fed[-1]).words == runs
        open_words = sum(word not in STOP_WORDS for word in runs)
        most = {"max_percent": MOST_SHARE} if arguments.percent else {"max_num_words": max(int(MOST_SHARE * open_words), 1)}
        rules = [RepeatModification(), StopwordModification(stopwords=STOP_WORDS), MaxWordsPerturbed(**most)]
        attack = textattack.Attack(goal, rules, swap, BeamSearch(beam_width=BEAM))
        result = attack.attack(fed[-1], int(label))
        after = result.perturbed_text().split()
        changed = {place: word for place, word in enumerate(after) if word != runs[place]}
        changes.append(changed if isinstance(result, SuccessfulAttackResult) else None)
    return changes, time.perf_counter() - started[0], time.process_time() - started[1]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("transferscope")
    parser.add_argument("folder")
    parser.add_argument("texts")
    parser.add_argument("--limit", type=int, default=200)
    parser.add_argument("--percent", action="store_true")
    parser.add_argument("--flips-first", action="store_true")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    textattack.shared.logger.setLevel("ERROR")

    folder, arrays = pathlib.Path(arguments.folder), f"{SCRATCH.name}/run.npz"
    lines = pathlib.Path(arguments.texts).read_text(encoding="utf-8").splitlines()[: arguments.limit]
    texts = [line.split(None, 1)[1] for line in lines]
    ours(arguments, "run", "--out", arrays)
    ran = numpy.load(arrays)
    wrapper = PyTorchModelWrapper(Network(folder).eval(), Words(folder, ran["tokens"].shape[1]))
    assert (numpy.array(wrapper.tokenizer(texts)) == ran["tokens"]).all(), "the tokens differ"
    logits = numpy.asarray(wrapper(texts))
    apart = float(numpy.abs(logits - ran["logits"]).max())
    assert apart < 1e-5, f"the logits differ by {apart}"

    printed, *spent = ours(arguments, "attack", "--attack", "hotflip", "--beam", str(BEAM), "--tried", str(TRIED), "--json")
    told = json.loads(printed)["texts"]
    our_changes = [{word["place"]: word["after"] for word in text["words"]} if text["fooled"] else None for text in told]
    their_changes, *their_time = theirs(arguments, wrapper, texts, logits.argmax(1))
    clean = wrapper.tokenizer(texts)
    both = [it for it in zip(clean, our_changes, their_changes) if it[1] is not None and it[2] is not None]
    bag = lambda ids, change: sorted(wrapper.tokenizer.numbers[change[at]] if at in change else ids[at] for at in range(len(ids)))
    found = {
        "versions": {it: version(it) for it in ("textattack", "torch", "transformers", "flair", "datasets", "nltk")},
        "texts": len(texts),
        "percent": arguments.percent,
        "flips_first": arguments.flips_first,
        "logits_apart": apart,
        "transferscope": summary(our_changes, len(texts), *spent),
        "textattack": summary(their_changes, len(texts), *their_time),
        "fooled_by_both": len(both),
        "by_the_same_words": sum(a == b for _, a, b in both),
        "by_the_same_bag_of_tokens": sum(bag(ids, a) == bag(ids, b) for ids, a, b in both),
    }
    json.dump(found, sys.stdout, indent=1)
    print()


if __name__ == "__main__":
    main()
