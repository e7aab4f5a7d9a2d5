"""PyTorch networks to modlab, and its masks and tables back to Python.

modlab is a program of its own, which trains networks and learns masks; this package starts no training.

    import modlab

    modlab.export(model, x_train[:2], (x_train, y_train), (x_test, y_test), to="my-study")
    # modlab run my-study/study.yaml --out results
    mask = modlab.masks("results/study/runs/main-*/seed-00")["low"]
    with modlab.masked(model, mask):
        accuracy = evaluate(model)
    frame = modlab.table("results/study", "accuracy")

numpy and safetensors are needed; `export`, `apply` and `masked` need torch, `table` needs pandas.
"""

from modlab._errors import ModlabError
from modlab._export import export
from modlab._masks import Mask, apply, masked, masks
from modlab._tables import table

__all__ = ["Mask", "ModlabError", "apply", "export", "masked", "masks", "table"]
