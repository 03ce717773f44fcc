"""Runs `cds-service serve` around the fake engine, in a process of its own; some calls are slow on purpose."""

from __future__ import annotations

import sys
import time

from cds_service.cdshooks.request import HookRequest
from cds_service.cdshooks.service import HookResult, Service
from tests.support.fake_service import FakeEngine


class SlowEngine(FakeEngine):
    def answer(self, service: Service, request: HookRequest, client: object) -> HookResult:
        if "slow" in request.prefetch:
            time.sleep(2)
        return super().answer(service, request, client)


def main() -> int:
    from cds_service.hooks import pipeline

    pipeline.build_engine = lambda *_: SlowEngine()  # type: ignore[assignment]
    from cds_service.cli import main as run

    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
