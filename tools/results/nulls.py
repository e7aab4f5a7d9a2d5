"""What stands beside claims: the same quantity of a random mask, of chance, or of a function that was never learned.

`NULLS` has an entry for every claim that a recorded table holds a null of. Its function gets the results, the study and
the profile, and returns the null's value; means over seeds are combined as the claim combines them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from recorded import RecordError, Results

OPERATIONS = ("add", "mul")
PAIRS = ("pair1", "pair2")
SPLITS = ("jump", "length", "turn-left")


@dataclass(frozen=True)
class Place:
    """Rows of a study and a profile, of one variant and swept settings."""

    results: Results
    study: str
    profile: str
    variant: str = "main"
    where: dict[str, str] = field(default_factory=dict)

    def mean(self, quantity: str, **keys: str) -> float:
        """Returns the mean of one row."""
        return self.means(quantity, **keys)[0]

    def means(self, quantity: str, **keys: Sequence[str] | str) -> list[float]:
        """Returns the means of all rows whose keys have one of the values."""
        return self.results.means(self.study, quantity, self.profile, self.variant, **{**self.where, **keys})

    def ends_and_middle(self, table: str) -> tuple[list[str], list[str]]:
        """Returns the first and the last layer, and those between."""
        layers = self.results.table(self.study, table, self.profile, self.variant).layers()
        return [layers[0], layers[-1]], layers[1:-1]


@dataclass(frozen=True)
class Null:
    """What is measured, in words, and how."""

    text: str
    value: Callable[[Place], float]


def of_random_masks(stages: Sequence[str], own: str | None = None) -> Null:
    """The largest accuracy, on the task of the mask, of random masks that are as large."""

    def value(place: Place) -> float:
        return max(
            place.mean("accuracy.accuracy", stage=stage, mask_mode="random", eval_set=own or stage)
            for stage in stages
        )

    return Null("random masks as large", value)


def drop_of_random_mask(place: Place) -> float:
    """The drop of accuracy under a random mask that is as large as that of the complete task."""
    before = place.mean("accuracy.accuracy", stage="pretrained", mask_mode="none", eval_set="iid")
    return before - place.mean("accuracy.accuracy", stage="full", mask_mode="random", eval_set="iid")


def ends_over_middle(place: Place) -> float:
    """The least share of weights at the ends less the largest between, had masks of these sizes nothing in common: of a
    weight that addition keeps, chance has multiplication keep it as often as any other."""
    ends, middle = place.ends_and_middle("layer_stats")
    kept = {
        layer: place.mean("layer_stats.kept_frac", stage="mul", layer=layer) for layer in [*ends, *middle]
    }
    return min(kept[layer] for layer in ends) - max(kept[layer] for layer in middle)


def ends_over_middle_iou(place: Place) -> float:
    """The same of the IoU of random masks of these sizes."""
    ends, middle = place.ends_and_middle("pair_overlap")
    keys = {"mask_a": "add", "mask_b": "mul"}
    at_ends = place.means("pair_overlap.iou_chance", layer=ends, **keys)
    return min(at_ends) - max(place.means("pair_overlap.iou_chance", layer=middle, **keys))


def difference_of_kept(place: Place) -> float:
    """The least difference over the layers of what random masks of these sizes would share."""
    ends, middle = place.ends_and_middle("layer_stats")
    return min(
        place.mean("layer_stats.kept_frac", stage="mul", layer=layer)
        - place.mean("layer_stats.kept_frac", stage="add", layer=layer)
        for layer in [*ends, *middle]
    )


def falls_with_size(place: Place) -> float:
    """How much less of addition's weights random masks of these sizes share in the larger network of the profile."""
    keys = {"stage": "add", "layer": "all"}
    shares = [
        Place(place.results, place.study, place.profile, variant).mean("layer_stats.shared_frac_chance", **keys)
        for variant in ("small", "medium")
    ]
    return shares[0] - shares[1]


def answers_of_magnitude(place: Place) -> float:
    """How often the network adds when it is asked to multiply, under a mask by magnitude as large as addition's."""
    keys = {"stage": "add", "mask_mode": "magnitude", "true": "mul", "predicted": "add"}
    return place.mean("confusion.rate", **keys)


def largest_kept(places: str) -> Callable[[Place], float]:
    """The largest share of weights, at the ends or between, that random masks of these sizes would have in common."""

    def value(place: Place) -> float:
        layers = place.ends_and_middle("layer_stats")[places == "middle"]
        return max(place.means("layer_stats.kept_frac", stage=PAIRS, layer=layers))

    return value


def iomin_by_chance(place: Place) -> float:
    """IoMin of random masks: the share that the larger mask keeps."""
    return max(place.means("layer_stats.kept_frac", stage=PAIRS, layer="all"))


def removed_of_other_actions(place: Place) -> float:
    """The mean share of output weights that the mask of jump removes of the actions other than I_JUMP."""
    others = [str(unit) for unit in range(7) if unit != 2]
    removed = place.means("output_unit_removed.removed_frac", stage="jump", unit=others)
    return sum(removed) / len(removed)


def split_by_magnitude(split: str, evaluation: str | None = None) -> Callable[[Place], float]:
    """The drop on what a split leaves out, had the masks been chosen by magnitude."""

    def value(place: Place) -> float:
        keys = {"mask_mode": "magnitude", "eval_set": evaluation or split}
        full = place.mean("accuracy.accuracy", stage="full", **keys)
        return full - place.mean("accuracy.accuracy", stage=split, **keys)

    return value


def never_learned(method: str, unit: str, level: str, metric: str) -> Callable[[Place], float]:
    """The relative drop of the mask of a function that was never learned."""

    def value(place: Place) -> float:
        study = {"addmul-fnn": "addmul-fnn-nulls"}.get(place.study, place.study)
        there = Place(place.results, study, place.profile)
        stages = [stage for stage in there.results.table(study, "robustness", place.profile).values("stage")]
        null = [stage for stage in stages if stage.startswith("never-")]
        if not null:
            raise RecordError(f"{study} has no function that was never learned")
        keys = {"method": method, "unit": unit, "level": level}
        return min(there.means(f"robustness.{metric}", stage=null, **keys))

    return value


CHANCE = "random masks of these sizes"
RETURNED = Null("of a function never learned", never_learned("bernoulli", "weight", "0.5", "relative_drop"))
ADVERSARY = Null("of a function never learned", never_learned("adversary", "layer", "80", "worst_relative_drop"))

_ADDMUL = {
    "claim-own": of_random_masks(OPERATIONS),
    "claim-2": Null("a random mask as large", drop_of_random_mask),
    "claim-4": Null(CHANCE, ends_over_middle),
    "claim-4-iou": Null(CHANCE, ends_over_middle_iou),
    "claim-4-iomin": Null(CHANCE, ends_over_middle),
}
_PAIRED = {
    "claim-own": of_random_masks(PAIRS),
    "claim-9-hidden": Null(CHANCE, largest_kept("middle")),
    "claim-9-iou": Null(CHANCE, lambda place: 1),
    "claim-9-iomin": Null(CHANCE, iomin_by_chance),
}
_SCAN = {
    "claim-own": of_random_masks(SPLITS, "own"),
    **{
        f"claim-12-{split}": Null("masks by magnitude as large", split_by_magnitude(split))
        for split in SPLITS
    },
    "claim-14": Null("of the other actions", removed_of_other_actions),
}
def in_use(place: Place, permutation: int) -> tuple[float, float]:
    """Of what random masks of these sizes would find in use already: the most before the output layer, and there."""
    chance = [
        place.mean("transfer.shared_frac_chance", permutation=str(permutation), layer=f"layers.{layer}.weight")
        for layer in range(4)
    ]
    return max(chance[:3]), chance[3]


def output_over_hidden(place: Place) -> float:
    """How much more random masks of the second permutation would find in use in the output layer."""
    hidden, output = in_use(place, 1)
    return output - hidden


#: Permutations of the profiles; they are counted from 0.
LAST_PERMUTATION = {"quick": 2, "desk": 9, "paper": 9}

_TRANSFER = {
    "claim-23-free": Null(CHANCE, lambda place: in_use(place, 1)[0]),
    "claim-23-first": Null(CHANCE, output_over_hidden),
    "claim-23-output": Null(
        CHANCE, lambda place: in_use(place, LAST_PERMUTATION[place.profile])[1] - in_use(place, 1)[1]
    ),
}
_STABILITY = {name: Null(CHANCE, lambda place: 1) for name in ("claim-28", "claim-28-trained")}

#: By study, then by the name of the claim.
NULLS: dict[str, dict[str, Null]] = {
    "addmul-fnn": {
        **_ADDMUL,
        "claim-5": Null(CHANCE, difference_of_kept),
        "claim-6": Null("a mask by magnitude as large", answers_of_magnitude),
        "returned-weights": RETURNED,
        "layer-adversary": ADVERSARY,
    },
    "addmul-lstm": _ADDMUL,
    "addmul-digit-nulls": {"returned-weights": RETURNED},
    "addmul-lstm-nulls": {"returned-weights": RETURNED},
    "double-add-nulls": {"returned-weights": RETURNED},
    "cifar10-nulls": {"returned-weights": RETURNED},
    "addmul-fnn-size": {"claim-21": Null(CHANCE, falls_with_size)},
    "double-add-fnn": {**_PAIRED, "claim-9-io": Null(CHANCE, largest_kept("ends"))},
    "double-add-lstm": {**_PAIRED, "claim-9": Null(CHANCE, largest_kept("ends"))},
    "scan-lstm": _SCAN,
    "scan-transformer": _SCAN,
    "math-transformer": {
        "claim-27": Null("masks by magnitude as large", split_by_magnitude("easy", "hard")),
        "claim-own": of_random_masks(["easy"]),
    },
    "permuted-mnist": _TRANSFER,
    "cifar10-mask-stability": _STABILITY,
}

#: Where the claims of a study are about one variant or one value of a swept setting.
_PLACES: dict[str, tuple[str, dict[str, str]]] = {
    "double-add-fnn": ("big", {}),
    "double-add-lstm": ("main", {"model.mode": "together"}),
    "math-transformer": ("add-or-sub", {}),
    "permuted-mnist": ("base", {"transfer.reset_first_layer": "false"}),
    "cifar10-mask-stability": ("pairs", {}),
}


def null_of(results: Results, study: str, name: str, profile: str) -> tuple[str, float] | None:
    """Returns what is compared and its value; nothing if the tables hold no null of the claim."""
    null = NULLS.get(study, {}).get(name)
    if null is None:
        return None
    variant, where = _PLACES.get(study, ("main", {}))
    try:
        return null.text, null.value(Place(results, study, profile, variant, where))
    except RecordError:
        return None
