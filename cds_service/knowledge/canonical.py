"""The names by which published resources are known, and what every one of them says of itself."""

from __future__ import annotations

import re
from datetime import date
from hashlib import sha256
from typing import Any, Final

import msgspec

from cds_service.cards.extension import ACTIONS
from cds_service.version import VERSION

Json = dict[str, Any]

# Our own code systems. Those of others stand in the terminology.
ACTION: Final = ACTIONS
RULE: Final = "urn:cds-service:rule"
FACT: Final = "urn:cds-service:fact"
_json = msgspec.json.Encoder(decimal_format="number", order="deterministic")
_NOT_IN_A_NAME: Final = re.compile(r"[^A-Za-z0-9]+")


def address(base: str, kind: str, identity: str) -> str:
    """The canonical address of a resource: where it is read."""
    return f"{base}/{kind}/{identity}"


def id_of(concept: str) -> str:
    """The id of what is published under the name of a concept."""
    return concept.replace(":", "-")


def published(base: str, kind: str, identity: str, title: str, today: date, status: str = "active") -> Json:
    """The head of a resource: who and where it is. The members that tell what it is follow."""
    return {
        "resourceType": kind,
        "id": identity,
        "url": address(base, kind, identity),
        "version": VERSION,
        "name": "_".join(word[:1].upper() + word[1:] for word in _NOT_IN_A_NAME.split(identity) if word),
        "title": title,
        "status": status,
        "experimental": False,
        "date": today.isoformat(),
    }


def digest(content: object) -> str:
    """Eight characters that change whenever the content does."""
    return sha256(_json.encode(content)).hexdigest()[:8]
