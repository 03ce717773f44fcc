"""Links that open the public CDS Hooks Sandbox on a case of the demonstration."""

from __future__ import annotations

from typing import Protocol
from urllib.parse import urlencode

_SANDBOX = "https://sandbox.cds-hooks.org/"
# For the services that the Sandbox can call: the hook that its link names, and the screen that fires it.
_SCREENS = {
    "patient-view": ("patient-view", "patient-view"),
    "order-select": ("order-select", "rx-view"),
    "order-sign": ("order-select", "rx-view"),
}


class Playable(Protocol):
    """What is needed of a case: its service and its patient."""

    @property
    def service(self) -> str: ...
    @property
    def patient_id(self) -> str: ...


def sandbox_link(case: Playable, base_url: str) -> str:
    """The Sandbox with the demonstration's FHIR server, its services and the case's patient, on the screen of its hook.

    "" for a case whose hook the Sandbox does not fire.
    """
    found = next((value for hook, value in _SCREENS.items() if case.service.endswith(f"-{hook}")), None)
    if found is None:
        return ""
    hook, screen = found
    query = {
        "fhirServiceUrl": f"{base_url}/demo/fhir",
        "serviceDiscoveryURL": f"{base_url}/cds-services",
        "patientId": case.patient_id,
        "hook": hook,
        "screen": screen,
    }
    return f"{_SANDBOX}?{urlencode(query)}"
