#!/usr/bin/env python3
"""Writes the models that scripts/bench compares engines on, and the texts it asks about.

  export.py OUT_DIR        (needs requirements.txt)

minilm-l6 is the default model in www/model, its int8 rows widened to f32; distilbert-base has random weights (of a
fixed seed) in the shape of DistilBERT-base. Each becomes a folder in Hugging Face layout, F32, and ONNX beside it in
the layout of transformers.js: f32, and weights quantised to QInt8 and to QUInt8. Nothing of this is committed.
"""

import json
import pathlib
import shutil
import sys
import warnings

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts" / "reference"))

import common  # noqa: E402
import onnxruntime  # noqa: E402
import torch  # noqa: E402
from onnxruntime.quantization import QuantType, quantize_dynamic  # noqa: E402
from safetensors.torch import save_file  # noqa: E402
from tokenizers import Tokenizer  # noqa: E402
from transformers import DistilBertConfig, DistilBertForQuestionAnswering  # noqa: E402

warnings.filterwarnings("ignore")

TOKENS = (64, 128, 256, 384)
SEED = 20261126
INPUTS = {"bert": ("input_ids", "attention_mask", "token_type_ids"), "distilbert": ("input_ids", "attention_mask")}


class Logits(torch.nn.Module):
    """The reader with its inputs by place and its two outputs as a tuple, as ONNX has them."""

    def __init__(self, model):
        super().__init__()
        self.model = model
        self.names = INPUTS[model.config.model_type]
        # The exporter leaves a module in the mode that it found it in, the model inside too.
        self.eval()

    def forward(self, *inputs):
        output = self.model(**dict(zip(self.names, inputs)))
        return output.start_logits, output.end_logits


def export_onnx(model, folder: pathlib.Path) -> None:
    onnx = folder / "onnx"
    onnx.mkdir(parents=True, exist_ok=True)
    names = INPUTS[model.config.model_type]
    ids = torch.randint(1000, 20000, (1, 24))
    example = {"input_ids": ids, "attention_mask": torch.ones_like(ids), "token_type_ids": torch.zeros_like(ids)}
    axes = {0: "batch", 1: "sequence"}
    torch.onnx.export(
        Logits(model), tuple(example[name] for name in names), onnx / "model.onnx", opset_version=17, dynamo=False,
        input_names=list(names), output_names=["start_logits", "end_logits"],
        dynamic_axes={name: axes for name in (*names, "start_logits", "end_logits")})
    # transformers.js looks for `<name>_quantized.onnx` when it is told to take 'q8'.
    for name, kind in (("qint8", QuantType.QInt8), ("quint8", QuantType.QUInt8)):
        quantize_dynamic(onnx / "model.onnx", onnx / f"{name}_quantized.onnx", weight_type=kind)


def check_onnx(model, folder: pathlib.Path, ids: list[int], types: list[int]) -> None:
    """The exported f32 model gives what PyTorch gives: an export that went wrong would be fast for nothing."""
    inputs = {"input_ids": torch.tensor([ids]), "attention_mask": torch.ones(1, len(ids), dtype=torch.long),
              "token_type_ids": torch.tensor([types])}
    inputs = {name: inputs[name] for name in INPUTS[model.config.model_type]}
    expected = Logits(model)(*inputs.values())[0].numpy()
    session = onnxruntime.InferenceSession(folder / "onnx" / "model.onnx", providers=["CPUExecutionProvider"])
    got = session.run(["start_logits"], {name: value.numpy() for name, value in inputs.items()})[0]
    difference = abs(expected - got).max()
    assert difference < 1e-3, f"{folder}: ONNX is {difference} away from PyTorch"


def write_folder(model, folder: pathlib.Path) -> None:
    """Config, tokenizer and F32 weights, for every engine alike."""
    folder.mkdir(parents=True, exist_ok=True)
    kind = model.config.model_type
    state = {name: tensor.contiguous() for name, tensor in model.state_dict().items() if not name.endswith(("position_ids", "token_type_ids"))}
    save_file(state, folder / "model.safetensors", metadata={"format": "pt"})
    model.config.architectures = [type(model).__name__]
    config = {**model.config.to_diff_dict(), "dtype": "float32"}
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n")
    shutil.copy(common.DEFAULT_MODEL / "tokenizer.json", folder)
    (folder / "tokenizer_config.json").write_text(json.dumps({
        "tokenizer_class": {"bert": "BertTokenizer", "distilbert": "DistilBertTokenizer"}[kind], "do_lower_case": True,
        "model_max_length": 512, "model_input_names": list(INPUTS[kind]), "unk_token": "[UNK]", "sep_token": "[SEP]",
        "pad_token": "[PAD]", "cls_token": "[CLS]", "mask_token": "[MASK]"}, indent=2) + "\n")


def texts() -> list[dict]:
    """A question and so much of a text that both together, special tokens included, are exactly n tokens."""
    tokenizer = Tokenizer.from_file(str(common.DEFAULT_MODEL / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    pages = [json.loads(line) for line in (common.FIXTURES / "faq-public.jsonl").read_text().splitlines()]
    text = "\n\n".join(page["context"] for page in pages[:4])
    question = "Who runs the sales floor today?"
    found = []
    for tokens in TOKENS:
        for end in range(len(text)):
            encoding = tokenizer.encode(question, text[:end].rstrip())
            if len(encoding.ids) == tokens:
                break
        assert len(encoding.ids) == tokens, tokens
        found.append({"tokens": tokens, "question": question, "context": text[:end].rstrip(),
                      "ids": encoding.ids, "types": encoding.type_ids})
    return found


def main(out: pathlib.Path) -> None:
    inputs = texts()
    torch.manual_seed(SEED)
    distilbert = DistilBertForQuestionAnswering(DistilBertConfig(attn_implementation="eager")).eval()
    for name, model in (("minilm-l6", common.load_model(common.DEFAULT_MODEL)), ("distilbert-base", distilbert)):
        folder = out / name
        print(f"{name}: {sum(tensor.numel() for tensor in model.parameters()):,} parameters", flush=True)
        write_folder(model, folder)
        export_onnx(model, folder)
        check_onnx(model, folder, inputs[0]["ids"], inputs[0]["types"])
    (out / "inputs.json").write_text(json.dumps(inputs) + "\n")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(pathlib.Path(sys.argv[1]))
