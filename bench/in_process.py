"""CPU of a whole call without HTTP, from the bytes of the request to those of the answer, against reading and writing the
same bytes with `json`: python bench/in_process.py [--size 40000] [--rounds 41] [--profile KIND]

The way is that of the route: the request is parsed, the pipeline answers and keeps its record in a SQLite file, the cards
are encoded. Each answer is checked first. With `--profile` it prints where the time of one kind of call goes instead.
"""

from __future__ import annotations

import argparse
import cProfile
import json
import pstats
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

from calls import KINDS, Call, calls

from cds_service.cdshooks import card
from cds_service.cdshooks.request import parse_request
from cds_service.hooks.pipeline import build_engine
from cds_service.hooks.recording import Recording
from cds_service.settings import Settings
from cds_service.store.sink import open_records, prepare_store

Answers = Callable[[Call], bytes]


def service(folder: Path) -> Answers:
    """What answers a call as the route does, in production mode with records in a folder."""
    settings = Settings(jurisdiction="US", auth="none", allow_anonymous=True, allow_unreviewed=True, data_dir=folder)
    prepare_store(settings)
    engine = build_engine(settings, Recording(open_records(settings)))
    engine.warm_up()
    services = {each.id: each for each in engine.services()}

    def answer(call: Call) -> bytes:
        called = services[call.service]
        return card.encode(engine.answer(called, parse_request(call.body, called), None).cards)

    return answer


def echo(call: Call) -> bytes:
    """The same bytes, read and written."""
    return json.dumps(json.loads(call.body)).encode()


def cpu(answer: Answers, played: Sequence[Call]) -> float:
    """CPU milliseconds per call."""
    began = time.process_time()
    for call in played:
        answer(call)
    return (time.process_time() - began) * 1000 / len(played)


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=40_000)
    parser.add_argument("--rounds", type=int, default=41)
    parser.add_argument("--profile", choices=[kind.name for kind in KINDS])
    parser.add_argument("--sort", default="tottime")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        answer = service(Path(folder))
        played = {kind.name: calls(kind, arguments.size, date.today()) for kind in KINDS}
        for call in (each for several in played.values() for each in several):
            call.check(answer(call))
        if arguments.profile:
            profile = cProfile.Profile()
            profile.runcall(lambda: [cpu(answer, played[arguments.profile]) for _ in range(20)])
            pstats.Stats(profile).sort_stats(arguments.sort).print_stats(60)
            return
        for name, several in played.items():
            rounds = [(cpu(echo, several), cpu(answer, several)) for _ in range(arguments.rounds)]
            bare, own = (statistics.median(each) for each in zip(*rounds, strict=True))
            ratio = statistics.median(o / b for b, o in rounds)
            print(f"{name}: json {bare:.2f} ms, whole call {own:.2f} ms of CPU, ratio {ratio:.2f}", flush=True)


if __name__ == "__main__":
    main()
