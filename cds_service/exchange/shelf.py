"""Where the resources of an answer lie, and by what they refer to each other: entries of a Bundle, or contained in one resource."""

from __future__ import annotations

from typing import Protocol
from uuid import UUID, uuid5

from cds_service.knowledge.canonical import Json

_LONGEST_ID = 64


class Shelf(Protocol):
    """Takes the resources of an answer."""

    def put(self, resource: Json) -> str:
        """Take a resource. Returns: the reference by which others name it."""
        ...


class Entries:
    """The entries of a Bundle, each under a uuid that the call and its place give: the same call, the same uuids."""

    def __init__(self, instance: str) -> None:
        self._instance = UUID(instance)
        self._entries: list[Json] = []

    def put(self, resource: Json) -> str:
        """Take a resource; its own id, that of an order that goes back, stays."""
        uuid = str(uuid5(self._instance, str(len(self._entries))))
        self._entries.append({"fullUrl": f"urn:uuid:{uuid}", "resource": resource})
        return f"urn:uuid:{uuid}"

    def bundle(self) -> Json:
        """The Bundle of all, what refers to others before what is referred to."""
        return {"resourceType": "Bundle", "type": "collection", "entry": self._entries[::-1]}


class Contained:
    """What one resource contains. An order that goes back keeps its id; where it stands in several choices, a number follows."""

    def __init__(self) -> None:
        self.resources: list[Json] = []

    def put(self, resource: Json) -> str:
        """Take a resource."""
        taken = {each["id"] for each in self.resources}
        wished = str(resource.get("id") or resource["resourceType"].lower())
        free = (
            wished if not number else f"{wished[: _LONGEST_ID - 4]}.{number + 1}" for number in range(len(taken) + 1)
        )
        found = next(each for each in free if each not in taken)
        self.resources.append({**resource, "id": found})
        return f"#{found}"
