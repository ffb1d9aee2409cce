"""Writes tests/fixtures/pipeline.json: the `question-answering` pipeline's answers for many questions and settings.

Offsets are given in code points (as Python counts) and in UTF-16 units. Answers of score 0 are left out: numpy's
introselect orders them by accident. A pair is dropped, and counted, when two neighbouring scores differ by less than
1e-6 relative: the last bit of a float would decide. Run by make.py; needs requirements.txt.
"""

import json
import random

import pipeline_model
from common import FIXTURES, checkpoint_names, folder_of, load_pipeline, sha256, utf16, write_lines
from texts import LITERALS, MORE_PASSAGES, PASSAGES, random_context

NEAR_TIE = 1e-6
KEYS = {"top_k": "topK", "max_seq_len": "maxSequenceLength", "doc_stride": "docStride",
        "max_answer_len": "maxAnswerLength", "handle_impossible_answer": "handleImpossibleAnswer",
        "align_to_words": "alignToWords"}


def tiny_settings(generator: random.Random) -> dict:
    settings = {"top_k": generator.choice([1, 1, 2, 3, 5])}
    if generator.random() < 0.7:
        settings["max_seq_len"] = generator.choice([64, 80, 101, 128])
        settings["doc_stride"] = generator.choice([0, 1, 9, 16, 30])
    if generator.random() < 0.5:
        settings["max_answer_len"] = generator.choice([1, 3, 30, 200])
    if generator.random() < 0.4:
        settings["handle_impossible_answer"] = True
    if generator.random() < 0.35:
        settings["align_to_words"] = False
    return settings


def default_settings(generator: random.Random) -> dict:
    settings = {"top_k": generator.choice([1, 2, 3, 5])}
    if generator.random() < 0.4:
        settings["max_seq_len"] = generator.choice([96, 128, 200, 384, 512])
        settings["doc_stride"] = generator.choice([16, 40, 64])
    if generator.random() < 0.3:
        settings["max_answer_len"] = generator.choice([3, 30, 60])
    if generator.random() < 0.5:
        settings["handle_impossible_answer"] = True
    if generator.random() < 0.3:
        settings["align_to_words"] = False
    return settings


WINDOWS = [None, (96, 16), None, (128, 64), (64, 0), None, (200, 40)]
MAX_ANSWER_LENGTHS = [None, 30, None, 1, 8, None, 3, None, 60, None, 200]


def more_settings(number: int, positions: int) -> dict:
    """Every value of every setting in turn; the periods have no common factor, so that all combinations come up."""
    settings = {"top_k": 1 + number % 5}
    if window := WINDOWS[number % len(WINDOWS)]:
        settings["max_seq_len"], settings["doc_stride"] = min(window[0], positions), window[1]
    if length := MAX_ANSWER_LENGTHS[number % len(MAX_ANSWER_LENGTHS)]:
        settings["max_answer_len"] = length
    if number % 2:
        settings["handle_impossible_answer"] = True
    if number % 3 == 0:
        settings["align_to_words"] = False
    return settings


def more_pairs(name: str, number: int, faq: list[dict]) -> list[tuple[str, str]]:
    """Most for the default model; the random checkpoints get every passage too, and none of the long pages."""
    passages = list(MORE_PASSAGES.values())
    if name != "default":
        chosen = passages if name in ("bert", "roberta", "distilbert") else passages[number % 3::3]
        return [(questions[number % len(questions)], context) for context, questions in chosen]
    pairs = [(question, context) for context, questions in passages for question in questions]
    pairs += [(question, context) for context, questions in PASSAGES.values() for question in questions[2:]]
    # The last questions of a page have no answer there.
    pairs += [(site["qas"][-1 - index % 3]["question"], site["context"]) for index, site in enumerate(faq)]
    longest = "\r\n\r\n".join(context for context, _ in passages)
    return pairs + [(MORE_PASSAGES[passage][1][0], longest) for passage in ("ferry", "contract", "news")]


def captured(pipeline):
    """The pipeline, its windows' logits kept as they go by."""
    seen = []
    forward = pipeline._forward

    def keep(inputs):
        output = forward(inputs)
        allowed = (inputs["p_mask"].numpy()[0] == 0) & (inputs["attention_mask"].numpy()[0] == 1)
        seen.append((output["start"].numpy()[0], output["end"].numpy()[0], allowed, inputs["encoding"]))
        return output

    pipeline._forward = keep
    return seen


def main() -> None:
    contexts: list[str] = []
    faq = [json.loads(line) for line in (FIXTURES / "faq-public.jsonl").read_text(encoding="utf-8").splitlines()]
    cases, dropped, zeroes = [], 0, 0
    for number, name in enumerate(checkpoint_names() + ["default"]):
        generator = random.Random(500 + number)
        passages = list(PASSAGES.values()) + [LITERALS]
        randoms = [(random_context(1000 * number + seed, length), ["What is open on Monday?", "Où est le chat 🐈‍⬛?"])
                   for seed, length in enumerate([15, 60, 250])]
        if name == "default":
            pairs = [(question, context) for context, questions in passages for question in questions[:2]]
            pairs += [(qa["question"], site["context"]) for site in faq for qa in generator.sample(site["qas"], 1)]
            longest = "\n\n".join(site["context"] for site in faq[:4])
            pairs += [(faq[index]["qas"][0]["question"], longest) for index in range(3)]
            choose = default_settings
        elif name in ("bert", "roberta", "distilbert"):
            pairs = [(question, context) for context, questions in passages for question in questions[:2]]
            pairs += [(site["qas"][0]["question"], site["context"]) for site in faq[number::5][:3]]
            choose = tiny_settings
        else:
            pairs = [(questions[0], context) for context, questions in passages[number % 3::3]]
            choose = tiny_settings
        pairs += [(question, context) for context, questions in randoms for question in questions]
        pairs = [(*pair, choose(generator)) for pair in pairs]
        positions = 512 if name == "default" else 128
        pairs += [(*pair, more_settings(index + number, positions))
                  for index, pair in enumerate(more_pairs(name, number, faq))]

        pipeline = load_pipeline(folder_of(name))
        seen = captured(pipeline)
        for question, context, settings in pairs:
            seen.clear()
            try:
                raw = pipeline(question=question, context=context, **settings)
            except BaseException as error:  # a question that leaves no room is a panic of the tokenizer
                assert "stride" in str(error) or "too short" in str(error), error
                settings = {key: value for key, value in settings.items() if key not in ("max_seq_len", "doc_stride")}
                settings |= {"max_seq_len": 128, "doc_stride": 8}
                seen.clear()
                raw = pipeline(question=question, context=context, **settings)
            raw = [raw] if isinstance(raw, dict) else raw
            kept = [answer for answer in raw if answer["score"] > 0]
            model, candidate_gap, gap = pipeline_model.answers(
                seen, context, **{key: value for key, value in settings.items() if key not in ("max_seq_len", "doc_stride")})
            if min(candidate_gap, gap) < NEAR_TIE:
                dropped += 1
                continue
            zeroes += len(raw) - len(kept)
            assert len(model) == len(kept), (name, question, settings, raw, model)
            for ours, theirs in zip(model, kept):
                assert (ours["start"], ours["end"], ours["answer"]) == \
                       (theirs["start"], theirs["end"], theirs["answer"]), (name, question, settings, raw, model)
                assert abs(ours["score"] - theirs["score"]) <= 1e-5 * max(1, theirs["score"]), (raw, model)
            if context not in contexts:
                contexts.append(context)
            cases.append({
                "checkpoint": name, "question": question, "context": contexts.index(context),
                "options": {KEYS[key]: value for key, value in settings.items()}, "windows": len(seen),
                "gap": float(f"{min(candidate_gap, gap):.2g}"),
                "answers": [{"text": answer["answer"], "score": answer["score"],
                             "start": utf16(context, answer["start"]), "end": utf16(context, answer["end"]),
                             "codePoints": [answer["start"], answer["end"]]} for answer in kept]})
    count = lambda test: sum(1 for case in cases if test(case))
    head = {"about": "the question-answering pipeline of transformers 4.57.6; start and end in UTF-16 units, codePoints "
                     "as Python counts; answers of score 0 left out; gap: least relative distance of neighbouring scores",
            "defaultModelSha256": sha256(folder_of("default") / "model.safetensors"),
            "cases_": len(cases), "droppedNearTies": dropped, "answersOfScoreZeroLeftOut": zeroes,
            "multiWindow": count(lambda case: case["windows"] > 1),
            "distinctPairs": len({(case["question"], case["context"]) for case in cases})}
    head["count"] = head.pop("cases_")
    print(head)
    write_lines(FIXTURES / "pipeline.json", head, {"contexts": contexts, "cases": cases})


if __name__ == "__main__":
    main()
