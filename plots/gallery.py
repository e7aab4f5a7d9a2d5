"""Draws every figure that results have data for in small, into the folders of the recorded results.

A picture goes to FOLDER/<study>/figures, its caption into FOLDER/<study>/figures.csv, from which
`tools/results/documents.py` makes the gallery. Figures that the results have no data for stay as they are.
"""

import argparse
import csv
import sys
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image

from draw_all import Drawing, command, draw, drawings
from tables import TableError

#: Dots per inch, pixels and colours: enough to read on a screen, and all figures stay below 1 MB.
RESOLUTION = 90
WIDEST = 760
N_COLOURS = 64
#: Of pictures whose losses nobody sees in small, from 0 to 100.
PHOTOGRAPH_QUALITY = 85

COLUMNS = ("figure", "profile", "title", "caption", "command")


def main() -> int:
    """Draws pictures and writes captions."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("results", type=Path, help="folder of results, as of 'modlab run --out'")
    parser.add_argument("folder", type=Path, help="folder of the recorded results")
    parser.add_argument("--profile", default="quick")
    parser.add_argument("--variant", default="no-dropout", help="variant of cifar10-cnn")
    parser.add_argument("names", nargs="*", help="the figures to draw (default: all)")
    arguments = parser.parse_intermixed_args()
    drawn = 0
    for entry in drawings(arguments.variant):
        if arguments.names and entry.name not in arguments.names:
            continue
        try:
            add(entry, arguments)
            drawn += 1
        except TableError as error:
            print(f"not drawn: {entry.name}: {error}", file=sys.stderr)
    print(f"{drawn} figures drawn in {arguments.folder}")
    return 0 if drawn else 1


def add(entry: Drawing, arguments: argparse.Namespace) -> None:
    """Draws one figure, and puts its row into the table of the study's figures."""
    study = arguments.folder / entry.study
    path = study / "figures" / f"{entry.name}.webp"
    path.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as place:
        drawn = Path(place) / f"{entry.name}.png"
        title, caption = draw(entry, arguments, drawn, **{"savefig.dpi": RESOLUTION})
        with Image.open(drawn) as picture:
            small = picture.convert("RGB")
    if small.width > WIDEST:
        small = small.resize((WIDEST, small.height * WIDEST // small.width), Image.Resampling.LANCZOS)
    path.write_bytes(compressed(small))
    table = study / "figures.csv"
    rows: dict[str, dict[str, str]] = {}
    if table.is_file():
        with table.open(newline="", encoding="utf-8") as file:
            rows = {row["figure"]: row for row in csv.DictReader(file)}
    shown = f"{entry.script}.py {command(entry)}"
    values = (entry.name, arguments.profile, title, caption, shown)
    rows[entry.name] = dict(zip(COLUMNS, values))
    with table.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows[name] for name in sorted(rows))


def compressed(picture: Image.Image) -> bytes:
    """Returns a picture as WebP: lossless, or with losses where these save a quarter, as of photographs."""
    # By coverage: the colour of a few points counts as much as that of the paper.
    method = Image.Quantize.MAXCOVERAGE
    few_colours = picture.quantize(N_COLOURS, method, dither=Image.Dither.NONE).convert("RGB")
    lossless, lossy = BytesIO(), BytesIO()
    few_colours.save(lossless, "WEBP", lossless=True, quality=100, method=6)
    picture.save(lossy, "WEBP", quality=PHOTOGRAPH_QUALITY, method=6)
    chart, photograph = lossless.getvalue(), lossy.getvalue()
    return photograph if len(photograph) < 0.75 * len(chart) else chart


if __name__ == "__main__":
    sys.exit(main())
