"""Runs `cds-service serve` around the fake engine, in a process of its own; some calls are slow on purpose."""

from __future__ import annotations

import sys
import time
import types
from typing import Any

from cds_service.cdshooks.request import HookRequest
from cds_service.cdshooks.service import HookResult, Service
from tests.support.fake_service import FakeEngine


class SlowEngine(FakeEngine):
    def answer(self, service: Service, request: HookRequest, client: object) -> HookResult:
        if "slow" in request.prefetch:
            time.sleep(2)
        return super().answer(service, request, client)


def main() -> int:
    pipeline: Any = types.ModuleType("cds_service.hooks.pipeline")
    pipeline.build_engine = lambda *_: SlowEngine()
    sys.modules["cds_service.hooks.pipeline"] = pipeline
    from cds_service.cli import main as run

    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
