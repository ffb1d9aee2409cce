"""F1 (as SQuAD's script) and right refusals on a FAQ set: transformers' pipeline beside the command line.

  eval_faq.py --answerlet target/release/answerlet [--model www/model] [--data tests/fixtures/faq-public.jsonl]

One process of the command line for each question. Settings: --compat hf with 'no answer' among the answers, the same
without, and the default mode. An answer to an unanswerable question scores 0, a refusal 1; a refusal of an answerable
one scores 0. --cache keeps the pipeline's answers in a file, by settings and sha256 of the weights.
"""

import argparse
import collections
import json
import pathlib
import re
import string
import subprocess
import tempfile

from common import DEFAULT_MODEL, FIXTURES, load_pipeline, sha256

SETTINGS = {
    "compat hf, impossible on": ({"handle_impossible_answer": True}, ["--compat", "hf", "--handle-impossible-answer"]),
    "compat hf, impossible off": ({}, ["--compat", "hf"]),
    "compat hf, impossible on, 128/32, 30": (
        {"handle_impossible_answer": True, "max_seq_len": 128, "doc_stride": 32, "max_answer_len": 30},
        ["--compat", "hf", "--handle-impossible-answer", "--max-seq-len", "128", "--doc-stride", "32",
         "--max-answer-length", "30"]),
    "default mode": (None, []),
    "default mode, 128/32": (None, ["--max-seq-len", "128", "--doc-stride", "32"]),
}


def normalise(text: str) -> list[str]:
    text = "".join(letter for letter in text.lower() if letter not in string.punctuation)
    return re.sub(r"\b(a|an|the)\b", " ", text).split()


def f1(answer: str, truth: str) -> float:
    ours, theirs = normalise(answer), normalise(truth)
    if not ours or not theirs:
        return float(ours == theirs)
    common = sum((collections.Counter(ours) & collections.Counter(theirs)).values())
    return 0.0 if common == 0 else 2 * common / (len(ours) + len(theirs))


def score(answers: list[str], questions: list[dict]) -> dict[str, float]:
    """`answers`: '' is a refusal."""
    points, right, answered = [], [], []
    for answer, qa in zip(answers, questions, strict=True):
        if qa["answers"]:
            value = max(f1(answer, truth) for truth in qa["answers"]) if answer else 0.0
            answered.append(value)
        else:
            value = float(answer == "")
            right.append(value)
        points.append(value)
    mean = lambda values: 100 * sum(values) / len(values)
    return {"F1": mean(points), "F1 answerable": mean(answered), "right refusals": mean(right)}


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--answerlet", type=pathlib.Path, required=True)
    arguments.add_argument("--model", type=pathlib.Path, default=DEFAULT_MODEL)
    arguments.add_argument("--data", type=pathlib.Path, default=FIXTURES / "faq-public.jsonl")
    arguments.add_argument("--short-windows", action="store_true", help="also with windows of 128 tokens, overlap 32")
    arguments.add_argument("--cache", type=pathlib.Path)
    given = arguments.parse_args()
    sites = [json.loads(line) for line in given.data.read_text(encoding="utf-8").splitlines()]
    questions = [qa for site in sites for qa in site["qas"]]
    print(f"{len(sites)} sites, {len(questions)} questions, {given.model}")
    weights = sha256(given.model / "model.safetensors")
    cache = json.loads(given.cache.read_text()) if given.cache and given.cache.exists() else {}
    pipeline = None

    with tempfile.TemporaryDirectory() as name:
        contexts = []
        for number, site in enumerate(sites):
            contexts.append(pathlib.Path(name) / f"{number}.txt")
            contexts[-1].write_bytes(site["context"].encode())
        for label, (oracle, flags) in SETTINGS.items():
            if "128/32" in label and not given.short_windows:
                continue
            ours = []
            for site, context in zip(sites, contexts):
                for qa in site["qas"]:
                    out = subprocess.run([given.answerlet, "ask", "--model", given.model, "--question", qa["question"],
                                          "--context", context, "--json", *flags], check=True, capture_output=True)
                    result = json.loads(out.stdout)
                    ours.append(result["answers"][0]["text"] if result["answered"] else "")
            rows = {"answerlet": score(ours, questions)}
            if oracle is not None:
                key = f"{weights} {json.dumps(oracle, sort_keys=True)}"
                if key not in cache:
                    pipeline = pipeline or load_pipeline(given.model)
                    cache[key] = [pipeline(question=qa["question"], context=site["context"], **oracle)["answer"]
                                  for site in sites for qa in site["qas"]]
                    if given.cache:
                        given.cache.write_text(json.dumps(cache))
                rows["transformers"] = score(cache[key], questions)
                rows["transformers"]["same answers"] = sum(a == b for a, b in zip(ours, cache[key]))
            for who, figures in rows.items():
                print(f"{label:38} {who:13} " + "  ".join(f"{key} {value:.2f}" if isinstance(value, float) else
                                                          f"{key} {value}" for key, value in figures.items()), flush=True)


if __name__ == "__main__":
    main()
