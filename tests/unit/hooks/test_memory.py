"""Does a call leave nothing behind that only the collector of cycles could take away?"""

from __future__ import annotations

import gc
import json

from cds_service.cdshooks.request import parse_request
from cds_service.hooks.pipeline import Pipeline
from cds_service.settings import Settings
from tests.support.calls import SIGN, TODAY, hold_request


def test_a_call_makes_no_cycles() -> None:
    engine = Pipeline(Settings(mode="demo", auth="none", jurisdiction="US", today=TODAY))
    [service] = [each for each in engine.services() if each.id == SIGN]
    body = json.dumps(hold_request()).encode()

    def play() -> None:
        assert [] != engine.answer(service, parse_request(body, service), None).cards

    play()
    gc.collect()
    gc.disable()
    try:
        play()
        assert 0 == gc.collect()
    finally:
        gc.enable()
