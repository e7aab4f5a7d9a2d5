"""Writes the claims of some studies, as `modlab check --json` prints them, into a Markdown document.

The table stands between the lines `<!-- claims -->` and `<!-- end of claims -->`, which stay.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

BEGIN = "<!-- claims -->"
END = "<!-- end of claims -->"


def claims(modlab: str, folder: Path) -> list[dict[str, Any]]:
    """Returns the claims of the study in a folder."""
    output = subprocess.run(
        [modlab, "check", str(folder), "--json"], capture_output=True, text=True, check=False
    ).stdout
    return [json.loads(line) for line in output.splitlines() if line.startswith("{")]


def number(value: float | None) -> str:
    """Returns three significant digits."""
    return "–" if value is None else f"{value:.3g}"


def row(claim: dict[str, Any]) -> str:
    """Returns a row of the table."""
    measured = number(claim["mean"])
    if claim["std"] is not None:
        measured += f" ± {number(claim['std'])}"
    verdicts = {"holds": "yes", "fails": "**no**"}
    verdict = verdicts.get(claim["verdict"], claim["reason"] or "not asked")
    cells = [
        claim["study"],
        claim["subject"],
        claim["claim"],
        claim["published"] or "–",
        measured,
        str(claim["n"] or 0),
        claim["criterion"] or "–",
        verdict,
    ]
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"


def main() -> int:
    """Replaces the table."""
    if len(sys.argv) < 4:
        print("usage: claims_table.py MODLAB DOCUMENT FOLDER …", file=sys.stderr)
        return 2
    modlab, document, *folders = sys.argv[1:]
    rows = [row(claim) for folder in folders for claim in claims(modlab, Path(folder))]
    if not rows:
        print("claims_table.py: there are no claims in these folders", file=sys.stderr)
        return 1
    header = [
        "| study | variant | claim | published | measured | n | wanted | holds? |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    path = Path(document)
    before, _, rest = path.read_text(encoding="utf-8").partition(BEGIN + "\n")
    _, found, after = rest.partition(END)
    if not found:
        print(f"claims_table.py: {path} has no lines '{BEGIN}' and '{END}'", file=sys.stderr)
        return 1
    table = "\n".join(header + rows)
    path.write_text(f"{before}{BEGIN}\n{table}\n{END}{after}", encoding="utf-8")
    print(f"{len(rows)} claims of {len(folders)} studies in {path}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
