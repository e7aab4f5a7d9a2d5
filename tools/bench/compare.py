#!/usr/bin/env python3
"""modlab beside PyTorch: the time of a training step, in one sitting, one thread.

Every round runs all rows, and for each of them modlab and all forms of the PyTorch peer one after the other, each in a
fresh process pinned to one core. Figures are medians over the rounds of the CPU time per step, which other work on the
machine hardly disturbs. What the peer compiles is compiled before the first round, or earlier with --prepare.

Every sitting has a file of all its single times, named after the day and the processor; a page shows all files of a
folder.

  tools/bench/compare.py --python PYTHON --sittings docs/sittings --output docs/performance.md
  tools/bench/compare.py --only addmul-lstm --rounds 1          a quick look, to standard output
  tools/bench/compare.py --render --sittings docs/sittings --output docs/performance.md  the page again
"""
import argparse
import os
import sys

from page import document, sittings_in
from sitting import LEVELS, Sitting, all_rows, levels_here


def parsed():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--modlab", default=".build/release/modlab")
    parser.add_argument("--baseline", metavar="PROGRAM", help="an earlier modlab, whose times stand in columns")
    parser.add_argument("--python", default=sys.executable, help="a Python with PyTorch, for the peer")
    parser.add_argument("--output", help="the page to write; standard output when absent")
    parser.add_argument("--sittings", metavar="FOLDER", help="of the files of single times (default: none is kept)")
    parser.add_argument("--cache", default=".build/bench-cache", help="folder of what the peer has compiled")
    parser.add_argument("--level", choices=LEVELS, action="append", help="instruction sets (default: all there are)")
    parser.add_argument("--only", metavar="ROW", action="append",
                        help="a workload, or one row of it such as 'addmul-lstm mask reference'")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=1.5, help="of timed steps per process, of which there are six")
    parser.add_argument("--core", type=int, default=(os.cpu_count() or 1) - 1, help="the core to run on")
    parser.add_argument("--note", help="what else is to be known about the machine, such as other work on it")
    parser.add_argument("--prepare", action="store_true", help="compile what the peer needs, and measure nothing")
    parser.add_argument("--render", action="store_true", help="only write the page, from the folder of sittings")
    arguments = parser.parse_args()
    arguments.modlab = os.path.abspath(arguments.modlab)
    arguments.baseline = arguments.baseline and os.path.abspath(arguments.baseline)
    arguments.cache = os.path.abspath(arguments.cache)
    return parser, arguments


def main():
    parser, arguments = parsed()
    sitting = Sitting(arguments)
    if arguments.render:
        if not arguments.sittings:
            parser.error("--render needs --sittings, the folder whose page is to be written")
    else:
        rows = all_rows(arguments.level or levels_here(), arguments.only)
        if not rows:
            parser.error(f"there is no row {', '.join(arguments.only)}")
        sitting.prepare(rows)
        if arguments.prepare:
            return
        sitting.measure(rows)
    text = document(sittings_in(arguments.sittings) if arguments.sittings else [sitting.record()])
    if arguments.output:
        with open(arguments.output, "w", encoding="utf-8") as file:
            file.write(text)
    else:
        print(text)


if __name__ == "__main__":
    main()
