"""What the scripts of this folder share: paths, the loading of checkpoints as the oracle sees them, code points to UTF-16."""

import hashlib
import json
import os
import pathlib
import re

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

import numpy as np
import torch
import transformers
from safetensors.torch import load_file as load_torch
from transformers import (AutoConfig, AutoTokenizer, BertForQuestionAnswering, DistilBertForQuestionAnswering,
                          QuestionAnsweringPipeline, RobertaForQuestionAnswering)

assert transformers.__version__ == "4.57.6", "the oracle is pinned: pip install -r requirements.txt"
torch.set_num_threads(int(os.environ.get("REFERENCE_THREADS", "2")))
torch.set_grad_enabled(False)

ROOT = pathlib.Path(__file__).resolve().parents[2]
FIXTURES = ROOT / "tests" / "fixtures"
CHECKPOINTS = FIXTURES / "checkpoints"
DEFAULT_MODEL = ROOT / "www" / "model"

CLASSES = {"bert": BertForQuestionAnswering, "roberta": RobertaForQuestionAnswering,
           "distilbert": DistilBertForQuestionAnswering}


def state_f32(folder: pathlib.Path) -> dict[str, torch.Tensor]:
    """The checkpoint's tensors as f32: int8 rows times their `<name>.scale`, F16 and BF16 widened."""
    raw = load_torch(folder / "model.safetensors")
    state = {}
    for name, tensor in raw.items():
        if name.endswith(".scale") and name.removesuffix(".scale") in raw:
            continue
        if tensor.dtype == torch.int8:
            tensor = tensor.float() * raw[name + ".scale"].float()[:, None]
        state[name] = tensor.float() if tensor.is_floating_point() else tensor
    return state


def modern_names(state: dict[str, torch.Tensor], prefix: str) -> dict[str, torch.Tensor]:
    """Today's names: `LayerNorm.gamma`/`beta` of old checkpoints, and the prefix where the file leaves it out."""
    renamed = {}
    for name, tensor in state.items():
        name = re.sub(r"LayerNorm\.gamma$", "LayerNorm.weight", re.sub(r"LayerNorm\.beta$", "LayerNorm.bias", name))
        if re.match(r"(embeddings|encoder|transformer|pooler)\.", name):
            name = prefix + name
        renamed[name] = tensor
    return renamed


def load_model(folder: pathlib.Path):
    """The transformers model on exactly the file's numbers, in f32. Nothing it needs may be missing.

    Not by `from_pretrained`, which knows no int8 rows and refuses a head beside names without prefix.
    """
    config = AutoConfig.from_pretrained(folder)
    config._attn_implementation = "eager"
    model = CLASSES[config.model_type](config)
    state = modern_names(state_f32(folder), config.model_type + ".")
    missing, _ = model.load_state_dict(state, strict=False)
    missing = [name for name in missing if not name.endswith(("position_ids", "token_type_ids"))]
    assert not missing, f"{folder}: {missing}"
    return model.float().eval()


def load_tokenizer(folder: pathlib.Path):
    tokenizer = AutoTokenizer.from_pretrained(folder)
    assert tokenizer.is_fast
    return tokenizer


def load_pipeline(folder: pathlib.Path) -> QuestionAnsweringPipeline:
    return QuestionAnsweringPipeline(model=load_model(folder), tokenizer=load_tokenizer(folder), framework="pt",
                                     device="cpu")


def folder_of(checkpoint: str) -> pathlib.Path:
    """'default' is the model in www/model (or where ANSWERLET_DEFAULT_MODEL points), others are fixtures."""
    if checkpoint == "default":
        return pathlib.Path(os.environ.get("ANSWERLET_DEFAULT_MODEL", DEFAULT_MODEL))
    return CHECKPOINTS / checkpoint


def checkpoint_names() -> list[str]:
    return sorted(path.name for path in CHECKPOINTS.iterdir() if (path / "config.json").exists())


def sha256(path: pathlib.Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def utf16(text: str, code_points: int) -> int:
    return len(text[:code_points].encode("utf-16-le", "surrogatepass")) // 2


def f32_list(values) -> list[float]:
    """The shortest decimals that give the same f32 back."""
    return [float(str(np.float32(value))) for value in np.asarray(values, dtype=np.float32).ravel()]


def write_lines(path: pathlib.Path, head: dict, lists: dict[str, list]) -> None:
    """JSON with one list item a line: small, and diffs can be read."""
    parts = [f"{json.dumps(key)}: {json.dumps(value, ensure_ascii=False)}" for key, value in head.items()]
    for key, items in lists.items():
        body = ",\n".join(json.dumps(item, ensure_ascii=False, separators=(",", ":")) for item in items)
        parts.append(f"{json.dumps(key)}: [\n{body}\n]")
    path.write_text("{\n" + ",\n".join(parts) + "\n}\n", encoding="utf-8")
    print(f"{path.relative_to(ROOT) if path.is_relative_to(ROOT) else path}: {path.stat().st_size:,} bytes")
