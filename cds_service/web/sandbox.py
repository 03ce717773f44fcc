"""Links that open the public CDS Hooks Sandbox on a case of the demonstration."""

from __future__ import annotations

from urllib.parse import urlencode

from cds_service.web.case import Case

_SANDBOX = "https://sandbox.cds-hooks.org/"
# The hook that each screen of the Sandbox fires.
_HOOKS = {"patient-view": "patient-view", "rx-view": "order-select", "rx-sign": "order-sign"}
# The screen for each hook of ours that it can show.
_SCREENS = {"patient-view": "patient-view", "order-select": "rx-view", "order-sign": "rx-view"}


def sandbox_link(case: Case, base_url: str) -> str:
    """The Sandbox on the case's patient, on the screen of its hook; "" for a case whose hook the Sandbox does not fire."""
    screen = next((screen for hook, screen in _SCREENS.items() if case.service.endswith(f"-{hook}")), "")
    return sandbox_address(case.patient_id, screen, base_url) if screen else ""


def sandbox_address(patient_id: str, screen: str, base_url: str) -> str:
    """The Sandbox with the demonstration's FHIR server and services, a patient, the hook and its screen.

    Without the screen the Sandbox opens the one that it showed last, and calls nothing there.
    """
    query = {
        "fhirServiceUrl": f"{base_url}/demo/fhir",
        "serviceDiscoveryURL": f"{base_url}/cds-services",
        "patientId": patient_id,
        "hook": _HOOKS[screen],
        "screen": screen,
    }
    return f"{_SANDBOX}?{urlencode(query)}"
