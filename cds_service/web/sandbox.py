"""Links that open the public CDS Hooks Sandbox on a case of the demonstration."""

from __future__ import annotations

from typing import Protocol
from urllib.parse import urlencode

_SANDBOX = "https://sandbox.cds-hooks.org/"
# The hooks that the Sandbox fires, and the screen on which it does.
_SCREENS = {"patient-view": "patient-view", "order-select": "rx-view", "order-sign": "rx-view"}


class Playable(Protocol):
    """What is needed of a case: its service and its patient."""

    @property
    def service(self) -> str: ...
    @property
    def patient_id(self) -> str: ...


def is_playable(case: Playable) -> bool:
    """Whether the Sandbox fires the hook of the case."""
    return bool(_screen(case))


def sandbox_link(case: Playable, base_url: str) -> str:
    """The Sandbox with the demonstration's FHIR server, its services and the case's patient, on the screen of its hook."""
    return (
        _SANDBOX
        + "?"
        + urlencode(
            {
                "fhirServiceUrl": f"{base_url}/demo/fhir",
                "serviceDiscoveryURL": f"{base_url}/cds-services",
                "patientId": case.patient_id,
                "screen": _screen(case),
            }
        )
    )


def _screen(case: Playable) -> str:
    return next((screen for hook, screen in _SCREENS.items() if case.service.endswith(f"-{hook}")), "")
