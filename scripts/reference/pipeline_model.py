"""The pipeline's postprocessing written down a second time, to measure how close a result is to a tie.

It is not the oracle: make_pipeline.py asserts that it gives what the pipeline gives, and uses it for the gaps between
neighbouring candidates only, which the pipeline doesn't tell. It leaves out candidates of score 0: the pipeline's
order of those is an accident of numpy's introselect.
"""

import numpy as np


def spans(start, end, allowed, top, max_answer_len, null):
    start = np.where(allowed, start, np.float32(-10000.0)).astype(np.float32)
    end = np.where(allowed, end, np.float32(-10000.0)).astype(np.float32)
    start = np.exp(start - start.max())
    start = start / start.sum()
    end = np.exp(end - end.max())
    end = end / end.sum()
    null = min(null, float(start[0] * end[0]))
    start[0] = end[0] = 0
    table = np.tril(np.triu(np.outer(start, end)), max_answer_len - 1)
    flat = table.ravel()
    order = np.argsort(-flat, kind="stable")[: top + 1]
    values = flat[order]
    near = [float((a - b) / a) for a, b in zip(values, values[1:]) if b > 0]
    chosen = [divmod(int(index), len(start)) for index in order[:top] if flat[index] > 0]
    return [(s, e, float(table[s, e])) for s, e in chosen], null, min(near, default=1.0)


def place(encoding, s, e, align):
    if align:
        try:
            return (encoding.word_to_chars(encoding.token_to_word(s), 1)[0],
                    encoding.word_to_chars(encoding.token_to_word(e), 1)[1])
        except Exception:  # as the pipeline does
            pass
    return encoding.offsets[s][0], encoding.offsets[e][1]


def answers(windows, context, top_k=1, handle_impossible_answer=False, max_answer_len=15, align_to_words=True):
    """(answers, least relative gap of neighbouring candidates, least of neighbouring answers)."""
    found, null, candidate_gap = [], 1000000.0, 1.0
    for start, end, allowed, encoding in windows:
        top = 2 * top_k + 10 if align_to_words else top_k
        chosen, null, near = spans(start, end, allowed, top, max_answer_len, null)
        candidate_gap = min(candidate_gap, near)
        for s, e, score in chosen:
            left, right = place(encoding, s, e, align_to_words)
            text = context[left:right]
            same = next((one for one in found if one["answer"].lower() == text.lower()), None)
            if same:
                same["score"] += score
            else:
                found.append({"score": score, "start": left, "end": right, "answer": text})
    if handle_impossible_answer:
        found.append({"score": null, "start": 0, "end": 0, "answer": ""})
    found.sort(key=lambda one: one["score"], reverse=True)
    ranked = [one["score"] for one in found[: top_k + 1]]
    gap = min(((a - b) / a for a, b in zip(ranked, ranked[1:]) if a > 0), default=1.0)
    return found[:top_k], candidate_gap, gap
