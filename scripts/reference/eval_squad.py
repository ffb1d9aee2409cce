"""Checks `answerlet eval` against SQuAD's official measure, written anew here after evaluate-v1.1.py and evaluate-v2.0.py.

  eval_squad.py --answerlet target/release/answerlet --squad squad-dev-v1.1.json.gz [--limit 500] [--model www/model] [-- MORE...]
  eval_squad.py --squad squad-dev-v1.1.json.gz --predictions FILE...    only scores those, as one

Needs no package; MORE are further options of `eval`. The first form runs the command line with --predictions and compares
every figure, then does the same with right answers made odd (articles, punctuation, other words, nothing). The model needn't
be good for that: a fixture's is fast. Exit code 1 where a figure differs.
"""

import argparse
import collections
import gzip
import json
import pathlib
import random
import re
import string
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]


def normalise(text: str) -> str:
    text = "".join(letter for letter in text.lower() if letter not in set(string.punctuation))
    return " ".join(re.sub(r"\b(a|an|the)\b", " ", text).split())


def f1_of_words(given: list[str], truth: list[str]) -> float:
    common = sum((collections.Counter(given) & collections.Counter(truth)).values())
    if common == 0:
        return 0.0
    precision, recall = common / len(given), common / len(truth)
    return 2 * precision * recall / (precision + recall)


def points_v1(given: str, truths: list[str]) -> tuple[float, float]:
    exact = max(normalise(given) == normalise(truth) for truth in truths)
    return float(exact), max(f1_of_words(normalise(given).split(), normalise(truth).split()) for truth in truths)


def points_v2(given: str, truths: list[str]) -> tuple[float, float]:
    truths = [truth for truth in truths if normalise(truth)] or [""]

    def f1(truth: str) -> float:
        ours, theirs = normalise(given).split(), normalise(truth).split()
        return float(ours == theirs) if not ours or not theirs else f1_of_words(ours, theirs)

    return float(max(normalise(given) == normalise(truth) for truth in truths)), max(map(f1, truths))


def read(file: pathlib.Path) -> dict:
    return json.loads(gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_text(encoding="utf-8"))


def score(dataset: dict, predictions: dict[str, str]) -> dict[str, float]:
    """Over the questions that there are predictions for."""
    v2 = "2.0" in dataset["version"]
    points, groups, answered = [], {True: [], False: []}, {True: 0, False: 0}
    for article in dataset["data"]:
        for qa in (qa for paragraph in article["paragraphs"] for qa in paragraph["qas"]):
            if qa["id"] in predictions:
                truths, given = [answer["text"] for answer in qa["answers"]], predictions[qa["id"]]
                points.append((points_v2 if v2 else points_v1)(given, truths))
                groups[bool(truths)].append(points[-1])
                answered[bool(truths)] += given != ""
    mean = lambda some, which: 100 * sum(one[which] for one in some) / len(some)
    figures = {"exact": mean(points, 0), "f1": mean(points, 1), "total": len(points)}
    for key, group in [("answerable", groups[True]), ("unanswerable", groups[False])]:
        if v2 and group:
            figures |= {f"{key}.exact": mean(group, 0), f"{key}.f1": mean(group, 1), f"{key}.total": len(group)}
    if v2:
        figures["answered_when_answerable"] = 100 * answered[True] / len(groups[True])
        figures["refused_when_not"] = 100 - 100 * answered[False] / len(groups[False])
    return figures


def compare(what: str, ours: dict, official: dict[str, float]) -> bool:
    same = True
    for key, value in official.items():
        mine = ours
        for part in key.split("."):
            mine = mine[part]
        same &= abs(mine - value) < 1e-9
        print(f"{what:10} {key:26} {value:12.6f} {mine:12.6f} {'' if abs(mine - value) < 1e-9 else 'DIFFERS'}")
    return same


def odd(truths: list[str], context: str, pick: random.Random) -> list[str]:
    """Right answers of one question, and what makes them hard to compare."""
    words = context.split()
    start = pick.randrange(len(words))
    some = " ".join(words[start:start + pick.randrange(1, 8)])
    truth = pick.choice(truths or [some])
    return [truth, f"the {truth}", f"{truth}.", f"\u201c{truth}\u201d", truth.upper(), truth.replace(" ", "\u00a0"), some,
            f"{truth} {some}", " ".join(reversed(truth.split())), truth.replace(" ", "\u2013a\u2013"), "the", "", f"{truth} {truth}"]


def run(given: argparse.Namespace, folder: pathlib.Path, dataset: pathlib.Path, limit: int) -> tuple[dict, dict[str, str]]:
    predictions = folder / "predictions.json"
    out = subprocess.run([given.answerlet, "eval", "--model", given.model, "--squad", dataset, "--limit", str(limit),
                          "--json", "--predictions", predictions, *given.more], check=True, stdout=subprocess.PIPE)
    return json.loads(out.stdout), json.loads(predictions.read_text(encoding="utf-8"))


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--answerlet", type=pathlib.Path)
    arguments.add_argument("--squad", type=pathlib.Path, required=True)
    arguments.add_argument("--predictions", type=pathlib.Path, nargs="+")
    arguments.add_argument("--limit", type=int, default=500)
    arguments.add_argument("--model", type=pathlib.Path, default=ROOT / "www/model")
    arguments.add_argument("more", nargs="*")
    given = arguments.parse_args()
    dataset = read(given.squad)
    if given.predictions:
        merged = {key: text for file in given.predictions for key, text in read(file).items()}
        print(json.dumps(score(dataset, merged), indent=2))
        return
    if not given.answerlet:
        arguments.error("--answerlet or --predictions is needed")

    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        report, predictions = run(given, folder, given.squad, given.limit)
        same = compare("as is", report, score(dataset, predictions))
        # The reader's answers stay, the right ones become odd: the measure is tried on many kinds of pairs.
        pick = random.Random(4)
        for article in dataset["data"]:
            for paragraph in article["paragraphs"]:
                for qa in paragraph["qas"]:
                    truths = [answer["text"] for answer in qa["answers"]]
                    about = [predictions[qa["id"]], *truths] if qa["id"] in predictions else truths
                    qa["answers"] = [{"text": pick.choice(odd([text for text in about if text], paragraph["context"], pick))}
                                     for _ in truths]
        changed = folder / "odd.json"
        changed.write_text(json.dumps(dataset), encoding="utf-8")
        report, predictions = run(given, folder, changed, given.limit)
        same &= compare("made odd", report, score(dataset, predictions))
    print("equal" if same else "NOT equal")
    sys.exit(0 if same else 1)


if __name__ == "__main__":
    main()
