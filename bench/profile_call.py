"""Where the time of one order-sign call goes: python bench/profile_call.py [--bytes 40000] [--lines 35]"""

from __future__ import annotations

import argparse
import cProfile
import json
import pstats
import sys
import time
from datetime import date
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))


def main() -> None:
    """Run and print the profile of 300 calls, sorted by own time."""
    from cds_service.cdshooks.card import encode
    from cds_service.cdshooks.request import parse_request
    from cds_service.hooks.pipeline import build_engine
    from cds_service.settings import Settings
    from tests.support.bench_request import order_sign_request

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bytes", type=int, default=40_000)
    parser.add_argument("--lines", type=int, default=35)
    parser.add_argument("--sort", default="tottime")
    arguments = parser.parse_args()
    today = date(2026, 3, 16)
    body = json.dumps(order_sign_request(today, arguments.bytes)).encode()
    engine = build_engine(Settings(mode="demo", jurisdiction="US", today=today))
    service = next(s for s in engine.services() if s.hook == "order-sign")

    def call() -> bytes:
        return encode(engine.answer(service, parse_request(body, service), None).cards)

    call()
    began = time.perf_counter()
    for _ in range(300):
        call()
    print(f"{len(body)} bytes: {(time.perf_counter() - began) / 300 * 1000:.3f} ms per call, without HTTP")
    profile = cProfile.Profile()
    profile.runcall(lambda: [call() for _ in range(300)])
    pstats.Stats(profile).sort_stats(arguments.sort).print_stats(arguments.lines)


if __name__ == "__main__":
    main()
