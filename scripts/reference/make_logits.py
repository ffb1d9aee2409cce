"""Writes tests/fixtures/logits.json: input ids, token type ids and transformers' f32 start and end logits.

Run by make.py; needs requirements.txt. `logits_cases` is used by check.py too.
"""

import random

import torch

from common import FIXTURES, checkpoint_names, f32_list, folder_of, load_model, load_tokenizer, sha256, write_lines
from texts import PASSAGES


def logits_cases(name: str, folder, lengths, seed: int) -> list[dict]:
    """Random ids at every length of `lengths`, and two real encodings."""
    model, tokenizer = load_model(folder), load_tokenizer(folder)
    generator = random.Random(seed)
    kind = model.config.model_type
    inputs = []
    for length in lengths:
        ids = [generator.randrange(4, len(tokenizer)) for _ in range(length)]
        ids[0] = tokenizer.cls_token_id
        split = generator.randrange(1, length) if length > 1 else 1
        types = [int(position >= split) for position in range(length)]
        if kind == "roberta":
            types = [0] * length
            if length > 8:
                ids[5] = tokenizer.pad_token_id  # a literal <pad>: RoBERTa's positions don't count it
        inputs.append((ids, types))
    for passage, limit in (("lighthouse", lengths[-1]), ("combining", lengths[-1])):
        context, questions = PASSAGES[passage]
        encoding = tokenizer(questions[0], context, truncation="only_second", max_length=limit,
                             return_token_type_ids=True)
        inputs.append((encoding["input_ids"], encoding["token_type_ids"]))
    cases = []
    for ids, types in inputs:
        fed = {"input_ids": torch.tensor([ids]), "attention_mask": torch.ones(1, len(ids), dtype=torch.long)}
        if kind == "bert":
            fed["token_type_ids"] = torch.tensor([types])
        output = model(**fed)
        cases.append({"checkpoint": name, "inputIds": ids, "tokenTypeIds": types,
                      "startLogits": f32_list(output.start_logits), "endLogits": f32_list(output.end_logits)})
    return cases


def main() -> None:
    cases = []
    for number, name in enumerate(checkpoint_names()):
        lengths = [1, 2, 7, 31, 64, 97, 128] if name in ("bert", "roberta", "distilbert") else [3, 33, 90]
        cases += logits_cases(name, folder_of(name), lengths, number)
    cases += logits_cases("default", folder_of("default"), [5, 37, 130, 384], 100)
    write_lines(FIXTURES / "logits.json",
                {"about": "start and end logits by transformers 4.57.6 in f32, no masking",
                 "defaultModelSha256": sha256(folder_of("default") / "model.safetensors")}, {"cases": cases})


if __name__ == "__main__":
    main()
