"""What the routes need, in one place: the settings and the four things that `create_app` wires together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, cast

from flask import current_app

from cds_service.api.authentication import Authenticator
from cds_service.cdshooks.client import Client
from cds_service.cdshooks.feedback import FeedbackEntry
from cds_service.cdshooks.service import Engine, Service
from cds_service.errors import NoSuchService, did_you_mean
from cds_service.settings import Settings

KEY = "cds-service"


class FeedbackSink(Protocol):
    """Where feedback is kept."""

    def store(self, service_id: str, entries: Sequence[FeedbackEntry], client: Client, now: datetime) -> object:
        """Keep the entries of one call, received now; returns after the commit.

        Raises: StoreDown when they could not be kept.
        """
        ...

    def is_up(self) -> bool:
        """Whether something can be stored now."""
        ...


@dataclass(frozen=True, slots=True)
class Wiring:
    """The parts of a running service; `unserved` are the hooks of the services that it could serve and does not, by their ids."""

    settings: Settings
    engine: Engine
    authenticator: Authenticator
    feedback: FeedbackSink
    unserved: Mapping[str, str] = field(default_factory=dict)

    def service(self, service_id: str) -> Service:
        """The service with the id.

        Raises: NoSuchService.
        """
        services = self.engine.services()
        for service in services:
            if service.id == service_id:
                return service
        if service_id in self.unserved:
            hook = self.unserved[service_id]
            raise NoSuchService(hint=f"{hook} is served only where CDS_SERVICES names it.")
        ids = [service.id for service in services]
        raise NoSuchService(hint=did_you_mean(service_id, ids, NoSuchService.hint))


def wiring() -> Wiring:
    """The parts of the service that answers the current request."""
    return cast(Wiring, current_app.extensions[KEY])
