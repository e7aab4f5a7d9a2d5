"""Draws every figure that the results have data for in small, and writes the page that shows them."""

import argparse
import sys
from pathlib import Path

from draw_all import Drawing, command, draw, drawings
from tables import TableError

#: Dots per inch: enough to read on a screen, and a page of all figures stays below 3 MB.
RESOLUTION = 90

INTRODUCTION = """\
# Gallery

Every figure that `make figures` draws, from runs with the profile `{profile}`. The networks are far
smaller than the published ones, and so only signs and orders of effects can be compared with the
papers; [experiments](../experiments/README.md) has the numbers. Thin grey marks are controls or
chance levels. [plots](../plots/README.md) says which command draws which figure in full size.

`make gallery` writes this page.
"""


def main() -> int:
    """Writes pictures and page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("results", type=Path, help="folder of results, as of 'modlab run --out'")
    parser.add_argument("page", type=Path, help="page to write; pictures go into a folder beside it")
    parser.add_argument("--profile", default="quick")
    parser.add_argument("--variant", default="no-dropout", help="variant of cifar10-cnn")
    arguments = parser.parse_args()
    folder = arguments.page.with_suffix("")
    parts = [INTRODUCTION.format(profile=arguments.profile)]
    lacking: list[str] = []
    for entry in drawings(arguments.variant):
        try:
            parts.append(part(entry, arguments, folder))
        except TableError as error:
            lacking.append(entry.name)
            print(f"not drawn: {entry.name}: {error}", file=sys.stderr)
    if len(parts) == 1:
        return 1
    if lacking:
        names = ", ".join(f"`{name}`" for name in lacking)
        parts.append(f"## Without data\n\nThe runs have nothing to draw for {names}.\n")
    arguments.page.write_text("\n".join(parts), encoding="utf-8")
    print(f"{len(parts) - 1 - bool(lacking)} figures in {arguments.page}")
    return 0


def part(entry: Drawing, arguments: argparse.Namespace, folder: Path) -> str:
    """Draws one figure and returns its part of the page."""
    path = folder / f"{entry.name}.png"
    title, text = draw(entry, arguments, path, **{"savefig.dpi": RESOLUTION})
    return (
        f"## {entry.name}\n\n{title}\n\n![{title} {text}]({folder.name}/{path.name})\n\n"
        f"`{entry.script}.py {command(entry)}`\n"
    )


if __name__ == "__main__":
    sys.exit(main())
