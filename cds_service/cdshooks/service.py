"""The services that discovery lists, and what answers them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import msgspec

from cds_service.cdshooks.card import Action, Card
from cds_service.cdshooks.request import HookRequest

# Among what cards had to do without: resources that were thought to be valid FHIR until the library read them.
UNSOUND = "unsound_resources"


class Service(msgspec.Struct, frozen=True, omit_defaults=True):
    """One entry of discovery. `version` is the version of CDS Hooks, `hookVersion` that of the published hook."""

    hook: str
    description: str
    id: str
    title: str = ""
    prefetch: dict[str, str] = {}
    usageRequirements: str = ""
    version: str = ""
    hookVersion: str = ""
    extension: dict[str, object] = {}


class _Discovery(msgspec.Struct):
    services: Sequence[Service]


def discovery(services: Sequence[Service]) -> bytes:
    """The body of `GET /cds-services`; no services give `{"services": []}`."""
    return msgspec.json.encode(_Discovery(services))


@dataclass(frozen=True, slots=True)
class HookResult:
    """The answer to one call: cards, most urgent first, and headers to send with them.

    For the operator `unmapped` counts results of a known name under a code that nobody has mapped, by fact, and `reduced`
    what cards had to leave out or name as a gap, by the reason; both are empty where there was nothing of it.
    """

    cards: list[Card]
    headers: dict[str, str] = field(default_factory=dict)
    system_actions: tuple[Action, ...] = ()
    unmapped: Mapping[str, int] = field(default_factory=dict)
    reduced: Mapping[str, int] = field(default_factory=dict)


class Document(Protocol):
    """A label, SmPC or guideline in force, as the page for people and the start-up check see it."""

    @property
    def id(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def jurisdiction(self) -> str: ...
    @property
    def revision(self) -> str: ...
    @property
    def url(self) -> str: ...
    @property
    def compared(self) -> str: ...
    @property
    def review(self) -> str: ...
    @property
    def signed_by(self) -> str: ...


class Engine(Protocol):
    """What answers hooks; `content_version` names the rules and documents in force."""

    @property
    def content_version(self) -> str: ...

    def services(self) -> tuple[Service, ...]:
        """The services, in the order in which discovery lists them."""
        ...

    def documents(self) -> Sequence[Document]:
        """The documents in force."""
        ...

    def answer(self, service: Service, request: HookRequest, client: object) -> HookResult:
        """The answer to one call.

        Raises: TwoPatients, DataUnobtainable; anything else is answered as 500, never as "no cards".
        """
        ...

    def warm_up(self) -> None:
        """Load and compute once what the first call would else wait for; called before worker processes fork."""
        ...
