"""How many patients a property is tried on: 1,000 where CI is set, fewer in the fast suite."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

_COMMON = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow, HealthCheck.filter_too_much]}
settings.register_profile("ci", max_examples=500, derandomize=True, **_COMMON)  # type: ignore[arg-type]
settings.register_profile("fast", max_examples=10, derandomize=True, **_COMMON)  # type: ignore[arg-type]
settings.load_profile("ci" if os.environ.get("CI") else "fast")
