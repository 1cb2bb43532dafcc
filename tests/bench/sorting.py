"""Sorting alone: texts a second on one core with the categoriser in use, what it costs in memory, and how long it loads.

Each round is a fresh process on one core: it loads the categoriser as a starting desk does, sorts one text (what is
made at first use is made then), and sorts many, in processor time. The texts are the invented reports of the
demonstration, strung together and cut at sixty and at three hundred words. Beside it stands the least that whoever
reads a text does: finding its words with a regular expression; the figure is the ratio.
"""

import json
import os
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from importlib import import_module
from itertools import islice
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
ROUNDS = 5
SECONDS = 2.0
TEXTS = 200
WORDS = re.compile(r"\w+")
LENGTHS = (60, 300)


def report() -> None:
    """Measure in fresh processes and print the medians."""
    rounds = [fresh() for _ in range(ROUNDS)]
    middle = {name: statistics.median(one[name] for one in rounds) for name in rounds[0]}
    for words in LENGTHS:
        rate, ratio = middle[f"{words} words"], middle[f"{words} words, ratio"]
        spread = ", ".join(f"{one[f'{words} words']:.0f}" for one in rounds)
        print(
            f"texts of {words:3} words  {rate:8.0f} texts/s   {1000 / rate:.2f} ms each   (rounds: {spread})"
        )
        print(f"(d) sorting / finding the words   {ratio:.0f} times")
    print(f"load               {middle['load']:8.2f} s   first text {1000 * middle['first']:.1f} ms")
    print(f"memory             {middle['memory']:8.1f} MB more after the first text")


def fresh() -> dict[str, float]:
    """The figures of one process of its own."""
    words = [sys.executable, "-m", "tests.bench.sorting"]
    done = subprocess.run(words, cwd=ROOT, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, check=True)
    figures: dict[str, float] = json.loads(done.stdout)
    return figures


def measure() -> dict[str, float]:
    """The figures of this process. Loading comes first: what makes the texts needs packages that would hide its cost."""
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    before, began = resident(), time.perf_counter()
    categoriser = import_module("app.classification.categoriser")

    sorter = categoriser.current()
    loaded = time.perf_counter()
    sorter.classify("Er staan vaten in de schuur.")
    first = time.perf_counter()
    memory = resident() - before
    figures = {"load": loaded - began, "first": first - loaded, "memory": memory / 1_000_000}
    for words in LENGTHS:
        texts = cut(words)
        rate = a_second(sorter.classify, texts)
        figures[f"{words} words"] = rate
        figures[f"{words} words, ratio"] = a_second(lambda text: WORDS.findall(text.casefold()), texts) / rate
    return figures


def resident() -> int:
    """Bytes of memory that this process has in use now."""
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def cut(words: int) -> Sequence[str]:
    """Texts of exactly so many words, no two alike."""
    reports = import_module("app.demo.reports")
    told = (str(reports.make(number, "sorting").body["text"]) for number in range(100_000))
    found: list[str] = []
    held: list[str] = []
    while len(found) < TEXTS:
        while len(held) < words:
            held += next(told).split()
        found.append(" ".join(islice(held, words)))
        held = []
    return found


def a_second(do: Callable[[str], object], texts: Sequence[str]) -> float:
    """How many texts a second of processor time; every text is done once before."""
    for text in texts:
        do(text)
    done, began = 0, time.process_time()
    while (taken := time.process_time() - began) < SECONDS:
        for text in texts:
            do(text)
        done += len(texts)
    return done / taken


if __name__ == "__main__":
    print(json.dumps(measure()))
