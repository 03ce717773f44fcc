"""Who is calling: what an authenticator learned about the CDS client."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Client:
    """A CDS client.

    `issuer` and `tenant` are the token's, "" for an anonymous client. `fhir_servers` are the exact origins that may be
    queried for this client. The two flags say what was agreed with the client beforehand. `shadow` holds the rule and
    service ids, or "all", whose decisions are recorded for this client and not shown.
    """

    issuer: str = ""
    tenant: str = ""
    fhir_servers: frozenset[str] = field(default_factory=frozenset)
    takes_system_actions: bool = False
    knows_action_selection: bool = False
    shadow: frozenset[str] = field(default_factory=frozenset)
