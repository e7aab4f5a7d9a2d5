"""Writes the numbers of the recorded results into the documents, or says where they differ.

    python3 tools/results/documents.py            writes
    python3 tools/results/documents.py --check    fails where a document and the recorded results disagree

Tables stand between `<!-- results: NAME -->` and `<!-- end of results -->` (`blocks.py` and `templates/`); a number
in running text is followed by a comment that names what it is (`numbers_in_text.py`).
"""

import argparse
import difflib
import re
import sys
from pathlib import Path

from blocks import block
from numbers_in_text import references, renewed
from recorded import REPOSITORY, RecordError, Results

DOCUMENTS = (
    *("README.md", "experiments/README.md", "experiments/results/README.md"),
    *("docs/gallery.md", "docs/guide.md", "docs/nulls.md", "docs/clusters.md"),
)
BLOCK = re.compile(r"(<!-- results: ([\w-]+) -->\n).*?(<!-- end of results -->)", re.DOTALL)


def made(results: Results, text: str) -> str:
    """Returns a document with tables and numbers of the results."""

    def replaced(match: re.Match[str]) -> str:
        return match[1] + "\n".join(block(results, match[2])) + "\n" + match[3]

    opened, closed = text.count("<!-- results: "), text.count("<!-- end of results -->")
    if not opened == closed == len(BLOCK.findall(text)):
        raise RecordError(f"{opened} tables '<!-- results: … -->' have {closed} ends '<!-- end of results -->'")
    references(text)
    return renewed(results, BLOCK.sub(replaced, text))


def main() -> int:
    """Writes or checks all documents."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--check", action="store_true", help="write nothing; fail where a document differs")
    parser.add_argument("--repository", type=Path, default=REPOSITORY)
    arguments = parser.parse_args()
    results = Results(arguments.repository / "experiments" / "results")
    different = False
    for name in DOCUMENTS:
        path = arguments.repository / name
        if not path.is_file():
            continue
        before = path.read_text(encoding="utf-8")
        try:
            after = made(results, before)
        except RecordError as error:
            print(f"{name}: {error}", file=sys.stderr)
            return 1
        if after == before:
            continue
        different = True
        if arguments.check:
            print(f"{name} is not what the recorded results say; 'make results' writes it:", file=sys.stderr)
            lines = difflib.unified_diff(before.splitlines(), after.splitlines(), "document", "results", "", "", 0, "")
            print("\n".join(list(lines)[:40]), file=sys.stderr)
        else:
            path.write_text(after, encoding="utf-8")
            print(f"{name} written")
    return 1 if arguments.check and different else 0


if __name__ == "__main__":
    sys.exit(main())
