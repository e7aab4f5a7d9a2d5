"""What the listings of docs/inputs.md compute from tiny exports, as goldens.

The listings are taken from the document as they stand, saved as files and imported; the checksum of
each is a fact of its golden, so that a test notices a listing that was changed without a new golden.
"""

import hashlib
import importlib
import json
import sys
import tempfile
from pathlib import Path

import torch

from golden_file import Tensors, as_array

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = ROOT / "docs" / "inputs.md"
EXPORTS = ROOT / "Tests" / "ExperimentsTests" / "Goldens" / "exports"

#: The listing that loads each export, and the stage whose masks are applied besides none.
CASES = {
    "feed_forward": ("feed_forward", "add"),
    "lstm": ("lstm", "mul"),
    "convolutional": ("convolutional", "full"),
    "residual": ("residual", "full"),
    "sequence_lstm": ("sequence_lstm", "jump"),
    "transformer": ("transformer", "jump"),
    "transformer_tied": ("transformer", "easy"),
}


def listings() -> dict[str, str]:
    """Returns the Python listings of the document by the name that their first line gives."""
    found = {}
    for part in DOCUMENT.read_text().split("```python\n")[1:]:
        text = part.partition("```")[0]
        name = text.splitlines()[0].removeprefix("# ").removesuffix(".py")
        found[name] = text
    return found


def generate(case: str) -> tuple[Tensors, dict[str, str]]:
    """Runs the listing of a case without masks and with those of a stage."""
    listing, stage = CASES[case]
    texts = listings()
    with tempfile.TemporaryDirectory() as folder:
        for name, text in texts.items():
            (Path(folder) / f"{name}.py").write_text(text)
        sys.path.insert(0, folder)
        modules = [*texts]
        try:
            common = importlib.import_module("common")
            module = importlib.import_module(listing)
        finally:
            sys.path.remove(folder)
            for name in modules:
                sys.modules.pop(name, None)
    tensors: Tensors = {}
    facts = {
        "stage": stage,
        "listing": listing,
        "sha256_common": hashlib.sha256(texts["common"].encode()).hexdigest(),
        "sha256_listing": hashlib.sha256(texts[listing].encode()).hexdigest(),
    }
    with torch.no_grad():
        for mode, chosen in (("none", None), ("mask", stage)):
            weights, examples = common.load(EXPORTS / case, chosen)
            logits = module.predict(weights, examples)
            tensors[f"logits/{mode}"] = as_array(logits)
            found = common.accuracies(logits, examples)
            facts[f"accuracies_{mode}"] = json.dumps(found, sort_keys=True)
    return tensors, facts
