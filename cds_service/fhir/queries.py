"""From the facts that the rules need to prefetch templates, and from a template to the query of one call.

Templates keep to the grammar of CDS Hooks 2.0.1: an instance read or a type-level search, tokens of first-level
context fields, token parameters by equality, `_sort` and `_count`. So discovery cannot drift from the rules.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta
from typing import Protocol
from urllib.parse import quote

from cds_service.fhir.terminology import panels_with

CodesOf = Callable[..., Iterable[tuple[str, str]]]

_COUNT = 250
# Codes are asked for only where laboratories and registries code reliably. A medication or a problem under a local
# code, or behind a medicationReference, would be lost by a code filter, and lost silently.
_CODE_PARAMETER = {
    "Observation": "code",
    "Procedure": "code",
    "DiagnosticReport": "code",
    "Immunization": "vaccine-code",
}
# R4 has no `patient` parameter for adverse events; a lenient server would ignore it and answer those of everybody.
_PATIENT = "patient="
_PATIENT_PARAMETER = {"AdverseEvent": "subject=Patient/"}
_SORTED_BY_DATE = frozenset({"Observation", "Procedure", "DiagnosticReport", "Immunization"})
# Of orders only those that are still open, the newest first.
_OPEN_ONES = {"ServiceRequest": ("status=active", "_sort=-authored")}

_TYPE = r"[A-Z][A-Za-z]+"
_USER_TOKENS = {
    "userPractitionerId": "Practitioner",
    "userPractitionerRoleId": "PractitionerRole",
    "userPatientId": "Patient",
    "userRelatedPersonId": "RelatedPerson",
}
_TOKEN = re.compile(r"\{\{\s*(context\.[A-Za-z][A-Za-z0-9]*|" + "|".join(_USER_TOKENS) + r")\s*\}\}")
_TODAY = re.compile(r"\{\{\s*today\(\)\s*(?:([+-])\s*(\d{1,5})\s*days\s*)?\}\}")
_PARAMETER = re.compile(r"_?[a-z][A-Za-z-]*(:in)?=.+")
_ALLOWED_UNDERSCORE = frozenset({"_count", "_sort", "_id", "_lastUpdated"})
_VALUE = re.compile(r"[A-Za-z0-9\-._~:/,|%$]*")
_REFERENCE = re.compile(rf"({_TYPE})/([A-Za-z0-9\-.]{{1,64}})")
_DOTS = frozenset({".", ".."})


class NeedLike(Protocol):
    """One set of facts that rules look at: its prefetch key, the resource type, and the concepts searched for."""

    @property
    def key(self) -> str:
        """The prefetch key."""

    @property
    def resource(self) -> str:
        """The FHIR resource type."""

    @property
    def facts(self) -> tuple[str, ...]:
        """The concepts; empty means all of the type."""

    @property
    def required_on(self) -> frozenset[str]:
        """The hooks that cannot be answered without it."""

    @property
    def category(self) -> str:
        """The category of Observations searched for; "" for any."""

    @property
    def may_be_unsupported(self) -> bool:
        """Whether a server that does not know the resource type holds none of it, and that is an answer."""


def prefetch_templates(needs: Iterable[NeedLike], codes_of: CodesOf, with_today: bool = False) -> dict[str, str]:
    """The prefetch template of each need, by its key.

    Args:
        needs: what the rules look at.
        codes_of: gives for concepts the (system, code) pairs of the terminology.
        with_today: whether `today()` tokens of CDS Hooks 3.0 may bound a search in time.

    Raises: ValueError when two needs share a key but differ, or a need that names facts finds no code for them.
    """
    templates: dict[str, str] = {}
    for need in needs:
        template = _template(need, codes_of, with_today)
        if templates.setdefault(need.key, template) != template:
            raise ValueError(f"two needs share the prefetch key {need.key!r} but ask for different data")
    return templates


def _template(need: NeedLike, codes_of: CodesOf, with_today: bool) -> str:
    if need.resource == "Patient":
        return "Patient/{{context.patientId}}"
    parts = [f"{need.resource}?{_PATIENT_PARAMETER.get(need.resource, _PATIENT)}{{{{context.patientId}}}}"]
    parameter = _CODE_PARAMETER.get(need.resource)
    if parameter and need.facts:
        parts.append(f"{parameter}={_code_list(need, codes_of)}")
    if need.category:
        parts.append(f"category={_escaped(need.category)}")
    days = getattr(need, "days", 0) if with_today and need.resource in _SORTED_BY_DATE else 0
    if days:
        parts.append(f"date=ge{{{{today() - {days} days}}}}")
    if need.resource in _SORTED_BY_DATE:
        parts.append("_sort=-date")
    parts += _OPEN_ONES.get(need.resource, ())
    return "&".join([*parts, f"_count={getattr(need, 'latest', 0) or _COUNT}"])


def _code_list(need: NeedLike, codes_of: CodesOf) -> str:
    pairs = list(dict.fromkeys(codes_of(*need.facts)))
    if not pairs:
        raise ValueError(f"the facts of the prefetch key {need.key!r} have no code")
    if need.resource == "Observation":
        # A panel Observation can hold its results as components; a search for the component's code need not find it.
        pairs += [panel for panel in panels_with(*need.facts) if panel not in pairs]
    return ",".join(f"{_escaped(system)}|{_escaped(code)}" if system else _escaped(code) for system, code in pairs)


def _escaped(text: str) -> str:
    """FHIR escapes the separators of a search value with a backslash; then everything else is percent-encoded."""
    return quote(re.sub(r"([\\,|$])", r"\\\1", text), safe=":/")


def resolve(template: str, context: Mapping[str, object]) -> str | None:
    """The query, relative to the FHIR base, that a template stands for in one call.

    Args:
        template: a template under the 2.0.1 grammar.
        context: the hook's context.

    Returns: the query; None when the context does not hold what a token names, or holds something that is no plain value.
    """
    template = _TODAY.sub(lambda match: _day(match, context), template)
    parts: list[str] = []
    end = 0
    for match in _TOKEN.finditer(template):
        whole = match.span() == (0, len(template))
        value = _token_value(match[1], context, whole)
        if value is None:
            return None
        parts += [template[end : match.start()], value]
        end = match.end()
    query = "".join([*parts, template[end:]])
    return None if "{{" in query or "}}" in query else query


def _day(match: re.Match[str], context: Mapping[str, object]) -> str:
    """The day that a `today()` token stands for; the token itself where the context has no "today()"."""
    today = context.get("today()")
    if not isinstance(today, str):
        return match[0]
    days = int(match[2] or 0)
    try:
        return (date.fromisoformat(today) + timedelta(days=-days if match[1] == "-" else days)).isoformat()
    except OverflowError:
        return match[0]


def _token_value(name: str, context: Mapping[str, object], whole: bool) -> str | None:
    user_type = _USER_TOKENS.get(name)
    value = context.get("userId" if user_type else name.removeprefix("context."))
    if isinstance(value, bool) or not isinstance(value, str | int) or value == "":
        return None
    text = str(value)
    reference = _REFERENCE.fullmatch(text)
    if user_type:
        return reference[2] if reference and reference[1] == user_type and reference[2] not in _DOTS else None
    if whole:
        return text if reference and reference[2] not in _DOTS else None
    # Dot segments are resolved away by HTTP clients: "Patient/.." would become another address.
    return None if text in _DOTS else quote(text, safe="")


def lint_template(template: str) -> list[str]:
    """What in a template is outside the 2.0.1 grammar; an empty list when it is legal."""
    rest = _TOKEN.sub("0", template)
    if "{" in rest or "}" in rest:
        return ["a token that is neither context.<field> nor a user token, or unbalanced braces"]
    if _TOKEN.fullmatch(template) or re.fullmatch(rf"{_TYPE}/[A-Za-z0-9\-.]{{1,64}}", rest):
        return []
    kind, question, query = rest.partition("?")
    if not re.fullmatch(_TYPE, kind) or not question:
        return ["neither an instance read nor a type-level search"]
    return [fault for parameter in query.split("&") for fault in _parameter_faults(parameter)]


def _parameter_faults(parameter: str) -> list[str]:
    name, _, value = parameter.partition("=")
    if not _PARAMETER.fullmatch(parameter):
        return [f"parameter {name!r}: not name=value, or a modifier other than :in"]
    faults = [] if _VALUE.fullmatch(value) else [f"parameter {name!r}: a character that needs percent-encoding"]
    if re.search(r"%(?![0-9A-Fa-f]{2})", value):
        faults.append(f"parameter {name!r}: a percent sign that encodes nothing")
    if name.startswith("_") and name not in _ALLOWED_UNDERSCORE:
        faults.append(f"parameter {name!r}: outside the supported subset")
    if re.match(r"(ne|sa|eb|ap)\d{4}", value):
        faults.append(f"parameter {name!r}: a date prefix outside eq, lt, gt, ge, le")
    return faults
