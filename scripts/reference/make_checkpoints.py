"""Writes the tiny random checkpoints of tests/fixtures/checkpoints. Run by make.py; needs requirements.txt.

Weights are large on purpose (std 0.2, random norms and biases, span head 0.6), so that logits spread and a wrong
detail shows. Widths and head sizes are odd numbers where they can be, to reach the tails of kernels.
"""

import collections
import json
import pathlib
import shutil
import tempfile

import torch
from safetensors.torch import save_file
from tokenizers import ByteLevelBPETokenizer, normalizers, pre_tokenizers
from transformers import BertConfig, BertTokenizerFast, DistilBertConfig, DistilBertTokenizerFast, RobertaConfig, \
    RobertaTokenizerFast

import texts
from common import CHECKPOINTS, CLASSES

BERT_SPECIALS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
ROBERTA_SPECIALS = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]


def word_piece(folder: pathlib.Path, vocabulary: int, lowercase: bool) -> pathlib.Path:
    """Letters, then the beginnings and insides of words that save most letters. (`tokenizers`' own trainer for
    WordPiece breaks ties by chance.)"""
    normalizer = normalizers.BertNormalizer(lowercase=lowercase)
    words = [word for line in texts.training_text()
             for word, _ in pre_tokenizers.BertPreTokenizer().pre_tokenize_str(normalizer.normalize_str(line))]
    common = lambda counter: sorted(counter, key=lambda piece: (-counter[piece] * (len(piece.removeprefix("##")) - 1), piece))
    counts = collections.Counter("".join(words))
    letters = sorted(sorted(counts, key=lambda letter: (-counts[letter], letter))[:100])
    pieces = collections.Counter()
    for word in words:
        for start in range(len(word)):
            for end in range(start + 2, min(len(word), start + 9) + 1):
                pieces[("##" if start else "") + word[start:end]] += 1
    learnt = BERT_SPECIALS + letters + ["##" + letter for letter in letters]
    learnt += common(pieces)[: vocabulary - len(learnt)]
    (folder / "vocab.txt").write_text("\n".join(learnt) + "\n", encoding="utf-8")
    return folder / "vocab.txt"


def byte_pairs(folder: pathlib.Path, vocabulary: int) -> tuple[pathlib.Path, pathlib.Path]:
    trainer = ByteLevelBPETokenizer()
    trainer.train_from_iterator(texts.training_text(), vocab_size=vocabulary - 1, min_frequency=2,
                                special_tokens=ROBERTA_SPECIALS[:4], show_progress=False)
    trainer.save_model(str(folder))
    vocab = json.loads((folder / "vocab.json").read_text(encoding="utf-8"))
    vocab["<mask>"] = len(vocab)
    (folder / "vocab.json").write_text(json.dumps(vocab, ensure_ascii=False) + "\n", encoding="utf-8")
    return folder / "vocab.json", folder / "merges.txt"


def random_model(kind: str, config, seed: int):
    generator = torch.Generator().manual_seed(seed)
    model = CLASSES[kind](config)
    for name, parameter in model.named_parameters():
        noise = torch.randn(parameter.shape, generator=generator)
        if "LayerNorm.weight" in name or "layer_norm.weight" in name:
            parameter.data = 1 + 0.2 * noise
        elif name == "qa_outputs.weight":
            parameter.data = 0.6 * noise
        else:
            parameter.data = 0.2 * noise
    return model.eval()


def state_of(model) -> dict[str, torch.Tensor]:
    return {name: parameter.detach().clone().contiguous() for name, parameter in model.named_parameters()}


def write(name: str, model, tokenizer, state=None, keep=("tokenizer.json",), dtype=torch.float32) -> pathlib.Path:
    """A folder as `save_pretrained` leaves it, with the vocabulary files named in `keep` only."""
    folder = CHECKPOINTS / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    model.config.architectures = [type(model).__name__]
    model.config.dtype = str(dtype).removeprefix("torch.")
    model.config.save_pretrained(folder)
    state = state_of(model) if state is None else state
    state = {key: tensor.to(dtype) if tensor.is_floating_point() else tensor for key, tensor in state.items()}
    save_file(state, folder / "model.safetensors", metadata={"format": "pt"})
    tokenizer.save_pretrained(folder)
    for file in ("tokenizer.json", "vocab.txt", "vocab.json", "merges.txt", "added_tokens.json"):
        if file not in keep:
            (folder / file).unlink(missing_ok=True)
    size = sum(path.stat().st_size for path in folder.iterdir())
    assert size < 150_000, f"{name}: {size} bytes"
    print(f"checkpoints/{name}: {size:,} bytes, {', '.join(sorted(path.name for path in folder.iterdir()))}")
    return folder


def bert_config(vocabulary: int, **changes) -> BertConfig:
    return BertConfig(**{"vocab_size": vocabulary, "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4,
                         "intermediate_size": 46, "max_position_embeddings": 128, **changes})


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        scratch = pathlib.Path(name)
        vocab = word_piece(scratch, 400, lowercase=True)
        uncased = BertTokenizerFast(vocab_file=str(vocab), model_max_length=128)

        write("bert", random_model("bert", bert_config(len(uncased)), 1), uncased)

        # Old names, no prefix, everything that a pre-training checkpoint leaves behind; truncation and padding baked in.
        model = random_model("bert", bert_config(len(uncased), hidden_size=16, num_hidden_layers=1), 2)
        old = {}
        for key, tensor in state_of(model).items():
            key = key.removeprefix("bert.").replace("LayerNorm.weight", "LayerNorm.gamma")
            old[key.replace("LayerNorm.bias", "LayerNorm.beta")] = tensor
        old["embeddings.position_ids"] = torch.arange(128).unsqueeze(0)
        old["pooler.dense.weight"] = torch.full((16, 16), 0.5)
        old["pooler.dense.bias"] = torch.full((16,), 0.5)
        old["cls.seq_relationship.weight"] = torch.full((2, 16), 0.5)
        old["cls.predictions.bias"] = torch.full((len(uncased),), 0.5)
        folder = write("bert-old-names", model, uncased, state=old)
        path = folder / "tokenizer.json"
        baked = json.loads(path.read_text(encoding="utf-8"))
        baked["truncation"] = {"direction": "Right", "max_length": 24, "strategy": "LongestFirst", "stride": 0}
        baked["padding"] = {"strategy": {"Fixed": 32}, "direction": "Right", "pad_to_multiple_of": None, "pad_id": 0,
                            "pad_type_id": 0, "pad_token": "[PAD]"}
        path.write_text(json.dumps(baked, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")

        # vocab.txt and tokenizer_config.json only; cased; BF16.
        vocab = word_piece(scratch, 360, lowercase=False)
        cased = BertTokenizerFast(vocab_file=str(vocab), do_lower_case=False, model_max_length=128)
        model = random_model("bert", bert_config(len(cased), hidden_size=20, num_hidden_layers=1), 3)
        write("bert-vocab-txt", model, cased, keep=("vocab.txt",), dtype=torch.bfloat16)

        vocab, merges = byte_pairs(scratch, 400)
        bytes_ = RobertaTokenizerFast(vocab_file=str(vocab), merges_file=str(merges), model_max_length=128)
        roberta = dict(vocab_size=len(bytes_), hidden_size=30, num_hidden_layers=2, num_attention_heads=3,
                       intermediate_size=44, max_position_embeddings=130, type_vocab_size=1, pad_token_id=1,
                       bos_token_id=0, eos_token_id=2, layer_norm_eps=1e-5)
        write("roberta", random_model("roberta", RobertaConfig(**roberta), 5), bytes_)

        # vocab.json, merges.txt and tokenizer_config.json only, no prefix, F16.
        model = random_model("roberta", RobertaConfig(**roberta | {"hidden_size": 18, "num_hidden_layers": 1}), 6)
        bare = {key.removeprefix("roberta."): tensor for key, tensor in state_of(model).items()}
        write("roberta-vocab-merges", model, bytes_, state=bare, keep=("vocab.json", "merges.txt"), dtype=torch.float16)

        vocab = word_piece(scratch, 400, lowercase=True)
        plain = DistilBertTokenizerFast(vocab_file=str(vocab), model_max_length=128)
        distilbert = dict(vocab_size=len(plain), dim=28, n_layers=2, n_heads=4, hidden_dim=60,
                          max_position_embeddings=128)
        write("distilbert", random_model("distilbert", DistilBertConfig(**distilbert), 7), plain)

        # No prefix, and an embedding table of more rows than the tokenizer has tokens.
        padded = DistilBertConfig(**distilbert | {"vocab_size": len(plain) + 48, "dim": 24, "n_layers": 1})
        model = random_model("distilbert", padded, 8)
        bare = {key.removeprefix("distilbert."): tensor for key, tensor in state_of(model).items()}
        write("distilbert-padded", model, plain, state=bare, dtype=torch.float16)


if __name__ == "__main__":
    main()
