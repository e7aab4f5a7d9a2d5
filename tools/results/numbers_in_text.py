"""How numbers are shown, and numbers in running text that name where they come from.

A number is followed by a comment that says what it is:

    0.992 ± 0.004<!-- = addmul-fnn claim-own pm:.3f -->
    4 %<!-- = addmul-fnn-nulls robustness.relative_drop stage=add method=bernoulli unit=weight level=0.5 mean:.0% -->

that is: the study (with `:PROFILE` and `/VARIANT` where they are not `quick` and `main`), a claim or `table.metric`
with the keys of its row, and what is shown of it, with a format: `mean`, `std`, `n`, `pm` (mean ± std), `rows`, the
mean over the means of all rows that have these keys, or `null`, what stands beside the claim.
"""

import re
import statistics

from nulls import null_of
from recorded import RecordError, Results, Summary

#: A number as documents show it, and the comment behind it.
SHOWN = r"[-−]?\d[\d.,]*(?:e[-+−]?\d+)?(?: ± \d[\d.,]*(?:e[-+]?\d+)?)?(?: %)?"
REFERENCE = re.compile(rf"(?P<shown>{SHOWN})(?P<comment><!-- = (?P<reference>[^>]*?) -->)")
STUDY = re.compile(r"(?P<study>[\w-]+)(?::(?P<profile>\w+))?(?:/(?P<variant>[\w-]+))?")


def number(value: float, form: str = ".3g") -> str:
    """Returns a number in a format; per cent stand behind a blank, zero has no sign."""
    text = f"{value:{form}}"
    if not any(digit in text for digit in "123456789"):
        text = text.removeprefix("-")
    text = text.replace("-", "−")
    return f"{text[:-1]} %" if text.endswith("%") else text


def with_spread(summary: Summary, form: str = ".3g") -> str:
    """Returns mean ± standard deviation, or the mean alone where there is one value."""
    mean = number(summary.mean, form)
    if summary.std is None:
        return mean
    if mean.endswith(" %"):
        return f"{mean[:-2]} ± {number(summary.std, form)}"
    return f"{mean} ± {number(summary.std, form)}"


def value_of(results: Results, reference: str) -> str:
    """Returns what the results say of a reference, as it is to be shown."""
    words = reference.split()
    match = STUDY.fullmatch(words[0]) if len(words) >= 3 else None
    if match is None:
        raise RecordError(f"'{reference}' is not of the form 'STUDY WHAT KEY=VALUE … SHOWN'")
    study, profile, variant = match["study"], match["profile"] or "quick", match["variant"] or "main"
    shown, _, form = words[-1].partition(":")
    keys = dict(word.split("=", 1) for word in words[2:-1])
    if shown == "rows":
        return number(statistics.fmean(results.means(study, words[1], profile, variant, **keys)), form or ".3g")
    if shown == "null":
        null = null_of(results, study, words[1], profile)
        if null is None:
            raise RecordError(f"'{reference}': the claim has no null")
        return number(null[1], form or ".3g")
    if "." in words[1]:
        summary = results.summary(study, words[1], profile, variant, **keys)
    else:
        subject = match["variant"]
        summary = results.claim(study, words[1], profile, subject).summary
    if shown == "pm":
        return with_spread(summary, form or ".3g")
    value = {"mean": summary.mean, "std": summary.std, "n": summary.n}.get(shown)
    if value is None:
        raise RecordError(f"'{reference}': there is no '{shown}'")
    return number(value, form or ".3g")


def renewed(results: Results, text: str) -> str:
    """Returns a text with the numbers that the results have."""
    return REFERENCE.sub(lambda match: value_of(results, match["reference"]) + match["comment"], text)


def references(text: str) -> int:
    """Returns how many numbers of a text name where they come from; fails if a comment stands behind none."""
    found = len(REFERENCE.findall(text))
    if found != text.count("<!-- = "):
        raise RecordError("a comment '<!-- = … -->' does not stand directly behind a number")
    return found
