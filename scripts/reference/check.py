"""Logits of models too big to be fixtures, transformers against the Rust reader: prints the largest difference of each.

  check.py [--minilm DIR] [--to-distilbert SCRIPT] [--base] [--folder NAME=DIR]...

--minilm: a BERT reader in F16 (the default model's source); with --to-distilbert its DistilBERT form too.
--base: BERT-base, RoBERTa-base and DistilBERT-base with random weights, made in a temporary folder (about 1.3 GB).
The Rust side is the ignored test of tests/native/parity.rs, run in release mode. Needs requirements.txt.
"""

import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

import torch
from safetensors.torch import save_file
from transformers import BertConfig, DistilBertConfig, RobertaConfig

from common import CHECKPOINTS, CLASSES, ROOT
from make_logits import logits_cases


def base_size(kind: str, folder: pathlib.Path) -> None:
    """Real sizes, weights as wide as trained ones (std 0.04), the small fixtures' tokenizers."""
    config = {"bert": BertConfig(), "distilbert": DistilBertConfig(),
              "roberta": RobertaConfig(vocab_size=50265, max_position_embeddings=514, type_vocab_size=1,
                                       layer_norm_eps=1e-5)}[kind]
    model = CLASSES[kind](config)
    generator = torch.Generator().manual_seed(11)
    for name, parameter in model.named_parameters():
        noise = torch.randn(parameter.shape, generator=generator)
        if "orm.weight" in name:
            parameter.data = 1 + 0.1 * noise
        else:
            parameter.data = (0.1 if name.startswith("qa_outputs") else 0.04) * noise
    shutil.copytree(CHECKPOINTS / kind, folder)
    config.architectures = [CLASSES[kind].__name__]
    config.save_pretrained(folder)
    save_file({name: parameter.detach() for name, parameter in model.named_parameters()}, folder / "model.safetensors")


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--minilm", type=pathlib.Path)
    arguments.add_argument("--to-distilbert", type=pathlib.Path)
    arguments.add_argument("--base", action="store_true")
    arguments.add_argument("--folder", action="append", default=[], metavar="NAME=DIR")
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory() as name:
        scratch = pathlib.Path(name)
        folders = {name: pathlib.Path(path) for name, path in (pair.split("=", 1) for pair in given.folder)}
        if given.minilm:
            folders["minilm"] = given.minilm
            if given.to_distilbert:
                folders["minilm-distilbert"] = scratch / "minilm-distilbert"
                subprocess.run([sys.executable, given.to_distilbert, given.minilm, folders["minilm-distilbert"]], check=True)
        if given.base:
            for kind in ("bert", "roberta", "distilbert"):
                folders[f"{kind}-base"] = scratch / f"{kind}-base"
                base_size(kind, folders[f"{kind}-base"])
        if not folders:
            arguments.error("nothing to check")
        cases = []
        for number, (name, folder) in enumerate(folders.items()):
            cases += logits_cases(name, folder, [5, 64, 130, 384] if name.endswith("-base") else [5, 37, 130, 384, 512],
                                  700 + number)
        path = scratch / "check.json"
        path.write_text(json.dumps({"folders": {name: str(folder.resolve()) for name, folder in folders.items()},
                                    "cases": cases}))
        spread = max(max(case["startLogits"]) - min(case["startLogits"]) for case in cases if len(case["startLogits"]) > 5)
        print(f"{len(cases)} inputs; start logits spread over up to {spread:.1f}")
        done = subprocess.run(
            ["cargo", "test", "--release", "-p", "answerlet", "--test", "parity", "--", "--ignored", "--nocapture"],
            cwd=os.environ.get("ANSWERLET_WORKSPACE", ROOT), env=os.environ | {"ANSWERLET_CHECK": str(path)})
        sys.exit(done.returncode)


if __name__ == "__main__":
    main()
