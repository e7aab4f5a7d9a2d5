"""The tables of documents that are made from the recorded results."""

import re
from pathlib import Path

from markdown_tables import row
from nulls import null_of
from numbers_in_text import number, value_of, with_spread
from planted import planted_dial, planted_units
from recorded import NETWORKS, PROFILES, REPOSITORY, Claim, RecordError, Results, read

TEMPLATES = Path(__file__).parent / "templates"

#: Studies in the order of the documents; others follow in that of their names.
ORDER = (
    *("addmul-fnn", "addmul-fnn-nulls", "addmul-digit-nulls", "addmul-fnn-size", "addmul-fnn-beta", "addmul-fnn-clip"),
    *("addmul-interference", "addmul-lstm", "addmul-lstm-nulls", "double-add-fnn", "double-add-nulls"),
    *("double-add-lstm", "scan-lstm", "scan-transformer"),
    *("scan-baseline", "math-transformer", "permuted-mnist", "cifar10-cnn", "cifar10-nulls", "cifar10-resnet"),
    *("cifar10-mask-stability", "cifar10-gradient-cosine"),
    *("planted-separate", "planted-units", "planted-first-layer", "planted-dial", "planted-dial-units"),
    *("random-init-ncut", "clusterability", "cluster-pictures"),
    *("cluster-importance", "cluster-multiple-tests", "cluster-dependency", "cluster-coherence"),
    *("partitions-importance", "partitions-coherence", "vgg-importance", "vgg-coherence", "mask-clusters"),
)
HEADINGS = ("seeds", "wanted", "holds?", "null")
VERDICTS = {"holds": "yes", "fails": "**no**", "not-asked": "not asked", "unknown": "unknown"}
#: Studies that repeat the runs of another one, whose claims stand there.
REPEATS = {"addmul-fnn-nulls": "addmul-fnn", "addmul-lstm-nulls": "addmul-lstm"}


def in_order(results: Results) -> list[str]:
    """Returns the recorded studies in the order of the documents."""
    there = results.studies()
    return [*(study for study in ORDER if study in there), *(study for study in there if study not in ORDER)]


def claims(results: Results) -> list[str]:
    """All claims: published, measured by profile, seeds, verdict, and the null."""
    lines = [
        row("study", "claim", "published", *(f"ours, {name}" for name in PROFILES), *HEADINGS),
        row("---", "---", "---", *("---:" for _ in PROFILES), "---", "---", "---", "---"),
    ]
    for study in in_order(results):
        by_profile = {profile: results.claims(study, profile) for profile in PROFILES}
        keys = dict.fromkeys((claim.name, claim.subject) for found in by_profile.values() for claim in found)
        elsewhere = REPEATS.get(study)
        said = {claim.name for claim in results.claims(elsewhere, "quick") if claim.n} if elsewhere else set()
        for name, subject in keys:
            found = {
                profile: claim
                for profile, claims_of in by_profile.items()
                for claim in claims_of
                if (claim.name, claim.subject) == (name, subject)
            }
            measured = any(claim.n for claim in found.values())
            if measured and name not in said:
                lines.append(claim_row(results, study, found))
    return lines


def claim_row(results: Results, study: str, found: dict[str, Claim]) -> str:
    """The row of one claim, measured in some profiles."""
    claim = next(iter(found.values()))
    named = study if claim.subject in ("", "main") else f"{study}, {claim.subject}"
    measured = ["–"] * len(PROFILES)
    nulls = []
    for index, profile in enumerate(PROFILES):
        if profile in found and found[profile].n:
            measured[index] = with_spread(found[profile].summary)
            null = null_of(results, study, claim.name, profile)
            nulls += [f"{number(null[1])} ({null[0]})"] if null else []
    several = len(found) > 1
    of = {profile: f"{profile}: " if several else "" for profile in found}
    seeds = "; ".join(f"{of[profile]}{entry.n}" for profile, entry in found.items())
    wanted = "; ".join(f"{of[profile]}{entry.criterion or '–'}" for profile, entry in found.items())
    holds = "; ".join(f"{of[profile]}{VERDICTS[entry.verdict]}" for profile, entry in found.items())
    return row(named, claim.text, claim.published or "–", *measured, seeds, wanted, holds, "; ".join(nulls) or "–")


def runs(results: Results) -> list[str]:
    """Runs by study and profile: how many are complete, how long they took, and which program computed them."""
    lines = [
        row("study", "profile", "complete runs", "failed", "hours", "program"),
        row("---", "---", "---", "---:", "---:", "---"),
    ]
    total = 0.0
    for study in in_order(results):
        for profile in PROFILES:
            known = results.runs(study, profile)
            states = [run["status"] for run in known]
            complete = states.count("complete")
            if not complete:
                continue
            failed = states.count("failed") + states.count("diverged")
            hours = sum(float(run["seconds"] or 0) for run in known) / 3600
            total += hours
            commits = {f"{row['version']} ({row['git_commit'][:10]})" for row in results.programs(study, profile)}
            share = f"{complete} of {len(states)}" + ("" if complete == len(states) else ", **unfinished**")
            lines.append(row(study, profile, share, str(failed), f"{hours:.2f}", ", ".join(sorted(commits))))
    return [*lines, row("all", "", "", "", f"{total:.1f}", "")]


#: P values of lesions: importance and class range, each by the published rule and calibrated.
LESION_PS = ("importance_fisher_p", "importance_exact_p", "range_fisher_p", "range_exact_p")


def wide(results: Results, name: str) -> list[tuple[str, str, dict[str, str]]]:
    """The rows of a wide table, those of a network at the published size behind the others: profile, label, row."""
    rows = [
        (profile, f"{found['network']}{size}", found)
        for profile, size in (("quick", ""), ("paper", ", published size"))
        for found in read(results.folder / "tables" / profile / f"{name}.csv")
    ]
    networks = list(dict.fromkeys(found["network"] for _, _, found in rows))
    return sorted(rows, key=lambda entry: networks.index(entry[2]["network"]))


def cells(found: dict[str, str], columns: tuple[str, ...]) -> list[str]:
    """Numbers of a wide table with two digits, and its asterisks; nothing where it has none."""
    values = [found[column] for column in columns]
    return [number(float(value.rstrip("*")), ".2g") + "*" * value.endswith("*") if value else "" for value in values]


def lesions(results: Results) -> list[str]:
    """Table 1b with p values of both rules, and numbers of important sub-clusters beside those of shuffled labels."""
    lines = [
        row("network", "importance, p", "calibrated", "class range, p", "calibrated", "important", "shuffled labels"),
        row("---", *["---:"] * 6),
    ]
    for profile, label, found in wide(results, "t1b"):
        variant = dict(NETWORKS)[found["network"]]
        if variant is None or not found["importance_fisher_p"]:
            continue
        study = "vgg-importance" if variant.startswith("vgg-") else "cluster-importance"
        rows = results.table(study, "taxonomy_counts", profile, variant)
        stage = rows.values("stage")[0]
        keys = {"stage": stage, "category": "important"}
        counts = [
            with_spread(rows.summary("n_sub_clusters", partition=f"{prefix}weights-k12", **keys), ".1f")
            for prefix in ("", "shuffled-")
        ]
        lines.append(row(label, *cells(found, LESION_PS), *counts))
    return lines


def numbers_of_clusters(results: Results) -> list[str]:
    """Table 3: p values with other numbers of clusters; an asterisk: on the other side of .05 than with 12."""
    lines = [
        row("network", "k", "importance, p", "calibrated", "class range, p", "calibrated"),
        row("---", *["---:"] * 5),
    ]
    for _, label, found in wide(results, "t3"):
        if found[LESION_PS[0]]:
            lines.append(row(label, found["k"], *cells(found, LESION_PS)))
    return lines


def coherence(results: Results) -> list[str]:
    """Tables 1a and 6 with p values of both rules."""
    lines = [
        row("network", "networks", "score, p", "calibrated", "entropy, p", "calibrated", "variance, p", "CoV"),
        row("---", *["---:"] * 7),
    ]
    variances = {label: found for _, label, found in wide(results, "t6")}
    for _, label, found in wide(results, "t1a"):
        if found["score_fisher_p"]:
            columns = ("score_fisher_p", "score_exact_p", "entropy_fisher_p", "entropy_exact_p")
            variance = variances[label]
            quartiles = ", ".join(cells(variance, ("cov_q1", "cov_med", "cov_q3")))
            own = [*cells(found, columns), *cells(variance, ("var_exact_p",)), quartiles]
            lines.append(row(label, found["n_networks"], *own))
    return lines


def partitions(results: Results) -> list[str]:
    """The table of four partitions."""
    names = ("network", "partition", "quantity", "networks", "p", "exact p", "effect", "Bates", "significant")
    lines = [row(*names), row(*["---"] * 3, *["---:"] * 5, "---")]
    for _, label, found in wide(results, "later"):
        ps = cells(found, ("fisher_p", "exact_p", "effect", "bates_p"))
        keys = [found[key] for key in ("partition", "quantity", "n_networks")]
        lines.append(row(label, *keys, *ps, found["bh"]))
    return lines


def published_beta(study: str) -> float:
    """Returns β of the paper: what the manifest has for the profile `paper`, its first one."""
    manifest = REPOSITORY / "experiments" / "masks" / f"{study}.yaml"
    found = re.search(r"^  beta: (\S+)", manifest.read_text(encoding="utf-8"), re.MULTILINE)
    if found is None:
        raise RecordError(f"{manifest.name} has no β")
    return float(found[1])


def searches(results: Results) -> list[str]:
    """What `modlab tune` found: β beside the published one, and what depends on it."""
    names = ("study", "published β", "ours at this size", "found", "found / published", "steps", "drop", "kept")
    around = ("kept with a third, 3 times", "shared with a third, once, 3 times", "claims that hold")
    lines = [row(*names, *around), row("---", *["---:"] * 10)]
    for study, points in sorted(results.searches().items(), key=lambda found: ORDER.index(found[0])):
        published, ours = published_beta(study), float(points[0]["beta"])
        found = points[-1]["found_beta"]
        if not found:
            lines.append(row(study, number(published, ".2g"), number(ours, ".2g"), "none", *["–"] * 7))
            continue
        beta = float(found)
        around_it = [point for point in points if point["purpose"] == "validity"]
        if len(around_it) != 4:
            raise RecordError(f"{study}-tune: a search of one configuration with one seed can be shown")
        third, once, thrice, half = around_it
        shares = (number(float(point["shared_frac"]), ".2f") for point in (third, once, thrice) if point["shared_frac"])
        held = (
            f"{point['claims_holding']} of {point['claims_decided']}"
            for point in (third, once, thrice, half)
            if point["claims_decided"] != "0"
        )
        lines.append(
            row(
                study,
                *(number(value, ".2g") for value in (published, ours, beta, beta / published)),
                f"{int(once['steps']):,}",
                *(number(float(once[name]), ".2f") for name in ("drop", "kept_frac")),
                ", ".join(number(float(point["kept_frac"]), ".2f") for point in (third, thrice)),
                ", ".join(shares) or "–",
                "; ".join(held) or "–",
            )
        )
    return lines


def gallery(results: Results) -> list[str]:
    """All recorded figures with captions and commands."""
    lines = []
    for study in in_order(results):
        for figure in results.figures(study):
            path = f"../experiments/results/{study}/figures/{figure['figure']}.webp"
            lines += [
                f"## {figure['figure']}",
                "",
                figure["title"],
                "",
                f"![{figure['title']} {figure['caption']}]({path})",
                "",
                f"`{figure['command']}`",
                "",
            ]
    return lines[:-1]


def from_template(results: Results, name: str) -> list[str]:
    """A table of `templates`, with `{reference}` replaced by the number that it names."""
    path = TEMPLATES / f"{name}.md"
    if not path.is_file():
        known = ", ".join(sorted([*MADE, *(found.stem for found in TEMPLATES.glob("*.md"))]))
        raise RecordError(f"there is no table '{name}'; there are: {known}")
    text = path.read_text(encoding="utf-8")
    return re.sub(r"\{([^{}]*)\}", lambda match: value_of(results, match[1]), text).splitlines()


MADE = {
    **{"claims": claims, "runs": runs, "lesions": lesions, "coherence": coherence, "partitions": partitions},
    **{"planted-units": planted_units, "planted-dial": planted_dial, "gallery": gallery},
    "numbers-of-clusters": numbers_of_clusters,
    "searches": searches,
}


def block(results: Results, name: str) -> list[str]:
    """Returns the lines of a block."""
    return MADE[name](results) if name in MADE else from_template(results, name)

