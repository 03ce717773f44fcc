"""The FHIR routes: decisions for integration engines ($evaluate, $apply), and the published knowledge.

What they need beyond the hooks is loaded on their first call, so that a service that nobody asks this way pays nothing for it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any

import msgspec
from flask import Blueprint, Response, request

from cds_service.api.authentication import client
from cds_service.api.body import read_body
from cds_service.api.hooks import count, turns
from cds_service.api.logs import note
from cds_service.api.responses import FHIR_JSON, JSON, json_response
from cds_service.api.wiring import wiring
from cds_service.errors import NoSuchRoute, NotAcceptable
from cds_service.knowledge.capability import SEARCHED_BY, TYPES

if TYPE_CHECKING:
    from cds_service.exchange.evaluation import Evaluated, Exchange

ROOT = "/fhir"
CARDS = "cards"
_FORMATS = frozenset({"", "json", JSON, FHIR_JSON, "text/json"})
_encode = msgspec.json.Encoder(decimal_format="number").encode


def blueprint(exchange: Callable[[], Exchange]) -> Blueprint:
    """The routes below /fhir.

    Args: what gives the exchange that answers them; asked once, on the first call.
    """
    routes = _Routes(cache(exchange))
    kinds = f"<any({', '.join(TYPES)}):kind>"
    found = Blueprint("fhir", __name__, url_prefix=ROOT)
    rules: tuple[tuple[str, Callable[..., Response], str], ...] = (
        ("/$evaluate", routes.evaluate, "POST"),
        ("/PlanDefinition/$apply", routes.apply, "POST"),
        ("/PlanDefinition/<identity>/$apply", routes.apply, "POST"),
        ("/metadata", routes.metadata, "GET"),
        (f"/{kinds}", routes.search, "GET"),
        (f"/{kinds}/<identity>", routes.read, "GET"),
    )
    for path, view, method in rules:
        found.add_url_rule(path, path, view, methods=[method])
    found.after_request(_as_fhir)
    return found


def _as_fhir(response: Response) -> Response:
    """FHIR's own media type on resources, OperationOutcomes among them; not on cards, nor on the body of a 401."""
    if (
        response.mimetype == JSON
        and response.status_code != 401
        and not (response.status_code == 200 and _wants_cards())
    ):
        response.content_type = FHIR_JSON
    return response


def _wants_cards() -> bool:
    return request.args.get("_format") == CARDS


class _Routes:
    """The views."""

    def __init__(self, exchange: Callable[[], Exchange]) -> None:
        self._exchange = exchange

    def evaluate(self) -> Response:
        """A GuidanceResponse and what it refers to, or with `_format=cards` the cards."""
        _check_format(CARDS)
        body = self._body()
        with turns.one():
            evaluated = self._exchange().evaluate(body, client())
            answer = evaluated.cards() if _wants_cards() else self._exchange().response(evaluated, _base())
        _tell(evaluated)
        return json_response(answer)

    def apply(self, identity: str = "") -> Response:
        """The CarePlan of a PlanDefinition, or of the regimen that the chart shows."""
        _check_format()
        body = self._body()
        with turns.one():
            evaluated, answer = self._exchange().apply(body, client(), _base(), identity)
        _tell(evaluated)
        return json_response(answer)

    def metadata(self) -> Response:
        """The CapabilityStatement."""
        _check_format()
        return json_response(_encode(self._exchange().catalogue(_base()).capability()))

    def read(self, kind: str, identity: str) -> Response:
        """One published resource.

        Raises: NoSuchRoute.
        """
        _check_format()
        found = self._of_kind(kind).get(identity)
        if found is None:
            raise NoSuchRoute(kind, "There is no resource of this type and id.", f"GET {ROOT}/{kind} lists them.")
        return json_response(_encode(found))

    def search(self, kind: str) -> Response:
        """The published resources of a type that meet every parameter, as a searchset."""
        _check_format()
        return json_response(_encode(_searchset(kind, list(self._of_kind(kind).values()))))

    def _of_kind(self, kind: str) -> dict[str, dict[str, Any]]:
        return self._exchange().catalogue(_base()).of_kind(kind)

    @staticmethod
    def _body() -> bytes:
        note(client=client().issuer)
        body = read_body(wiring().settings.max_body_bytes)
        note(bytes=len(body))
        return body


def _base() -> str:
    """The address of the FHIR routes as clients see it."""
    return (wiring().settings.public_base_url or request.host_url.rstrip("/")) + ROOT


def _check_format(*others: str) -> None:
    """Raises: NotAcceptable for a `_format` that is not written here."""
    if request.args.get("_format", "") not in _FORMATS.union(others):
        raise NotAcceptable("_format")


def _tell(evaluated: Evaluated) -> None:
    for service, result in evaluated.results:
        note(service=service.id, hook=service.hook)
        count(service.id, result)
    note(cards=sum(len(answer.cards) for answer in evaluated.answers))


def _searchset(kind: str, resources: list[dict[str, Any]]) -> dict[str, Any]:
    """The resources that meet the parameters of this request; one that is not known is named in the answer."""
    asked = [(name, value) for name, value in request.args.items(multi=True) if name != "_format"]
    members = {name: name.removeprefix("_") for name in SEARCHED_BY}
    wanted = [(members[name], value) for name, value in asked if name in members]
    found = [r for r in resources if all(_meets(r.get(member, ""), member, value) for member, value in wanted)]
    entries: list[dict[str, Any]] = [
        {"fullUrl": f"{_base()}/{kind}/{r['id']}", "resource": r, "search": {"mode": "match"}} for r in found
    ]
    unknown = sorted({name for name, _ in asked if name not in members})
    if unknown:
        said = {
            "severity": "information",
            "code": "not-supported",
            "diagnostics": f"Not a parameter here; {', '.join(members)} are.",
        }
        entries.append(
            {"resource": {"resourceType": "OperationOutcome", "issue": [said]}, "search": {"mode": "outcome"}}
        )
    bundle: dict[str, Any] = {
        "resourceType": "Bundle",
        "type": "searchset",
        "total": len(found),
        "link": [{"relation": "self", "url": f"{_base()}/{kind}"}],
    }
    return bundle | ({"entry": entries} if entries else {})


def _meets(has: str, member: str, value: str) -> bool:
    """Whether a member meets a parameter: a name by its beginning, anything else whole, one of several values."""
    values = value.split(",")
    if member == "name":
        return any(has.casefold().startswith(each.casefold()) for each in values)
    return has in values
