"""Writes tests/fixtures/tokens.json: the windows that transformers' fast tokenizer cuts, with ids, types and offsets.

Offsets are in UTF-16 units, of the question or the context by sequence id. Run by make.py; needs requirements.txt.
"""

from common import FIXTURES, checkpoint_names, folder_of, load_tokenizer, utf16, write_lines
from texts import LITERALS, PASSAGES, random_context

SETTINGS = [(128, 64), (48, 20), (40, 0), (61, 7)]


def windows(tokenizer, question: str, context: str, length: int, stride: int) -> list[dict]:
    encoded = tokenizer(question, context, truncation="only_second", padding="do_not_pad", max_length=length,
                        stride=stride, return_overflowing_tokens=True, return_token_type_ids=True)
    found = []
    for encoding, types in zip(encoded.encodings, encoded["token_type_ids"]):
        offsets = []
        for (start, end), sequence in zip(encoding.offsets, encoding.sequence_ids):
            text = question if sequence == 0 else context
            offsets.append([utf16(text, start), utf16(text, end)] if sequence is not None else [0, 0])
        if "token_type_ids" not in tokenizer.model_input_names:
            types = [0] * len(types)  # the tokenizer's go nowhere: the model takes none
        found.append({"inputIds": encoding.ids, "tokenTypeIds": types, "specialTokensMask": encoding.special_tokens_mask,
                      "sequenceIds": encoding.sequence_ids, "offsets": offsets})
    return found


def main() -> None:
    cases = []
    for number, name in enumerate(checkpoint_names() + ["default"]):
        tokenizer = load_tokenizer(folder_of(name))
        texts = [(questions[0], context) for context, questions in PASSAGES.values()]
        texts += [(LITERALS[1][0], LITERALS[0]), ("Wer? Où? どこ? 👩‍🚀", random_context(9000 + number, 120))]
        if name not in ("bert", "roberta", "default"):  # the same kinds of tokenizer, loaded another way
            texts = [pair for pair in texts if len(pair[1]) < 420][::2]
        for index, (question, context) in enumerate(texts):
            length, stride = SETTINGS[(index + number) % len(SETTINGS)]
            try:
                found = windows(tokenizer, question, context, length, stride)
            except BaseException:  # the question leaves too little room: a panic of the tokenizer
                length, stride = SETTINGS[0]
                found = windows(tokenizer, question, context, length, stride)
            if sum(len(window["inputIds"]) for window in found) > 900:
                found, length, stride = windows(tokenizer, question, context, 128, 8), 128, 8
            cases.append({"checkpoint": name, "question": question, "context": context, "maxSequenceLength": length,
                          "docStride": stride, "windows": found})
    write_lines(FIXTURES / "tokens.json",
                {"about": "windows of transformers 4.57.6's fast tokenizers; offsets in UTF-16 units"}, {"cases": cases})


if __name__ == "__main__":
    main()
