"""A strict reading of a CDS Hooks response, row by row of the standard; used by every test that sees cards.

`check_response(response)` answers what is wrong, one line per fault, each opening with the id of the row it breaks
(GEN, RES, CARD, SRC, SUG, ACT, LINK, COD, EXT). It shares no code with the renderer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

RECOMMENDATION = "org.cds-service.recommendation"
INDICATORS = {"info", "warning", "critical"}


def _set(words: str) -> set[str]:
    return set(words.split())


ACTIONS = _set(
    "start do-not-start continue hold remain-on-hold resume-reduced resume-same reduce discontinue "
    "permanently-discontinue escalate-urgent repeat-and-reassess review request-data order-cbc order-lab "
    "order-pregnancy-test assess-response inform"
)
NO_DOSE = _set("hold remain-on-hold do-not-start discontinue permanently-discontinue request-data review")
CARD_MEMBERS = _set(
    "uuid summary detail indicator source suggestions selectionBehavior overrideReasons links extension"
)
SOURCE_MEMBERS = {"label", "url", "icon", "topic", "extension"}
SUGGESTION_MEMBERS = {"label", "uuid", "isRecommended", "actions", "extension"}
ACTION_MEMBERS = {"type", "description", "resource", "resourceId", "extension"}
LINK_MEMBERS = {"label", "url", "type", "appContext", "autolaunchable", "extension"}
CODING_MEMBERS = {"code", "system", "display", "extension"}
MAY_BE_EMPTY = {"cards"}
DELETE_ID = re.compile(r"[A-Za-z]+/[A-Za-z0-9\-.]{1,64}")
RAW_HTML = re.compile(r"<[A-Za-z/!?]")
MARKDOWN_LINK = re.compile(r"(?<!\\)\]\(|https?://|www\.[A-Za-z]")
UNFILLED = re.compile(r"\{[A-Za-z_]\w*\}|\(not stated\)|None\b")


def check_response(response: Mapping[str, Any], allow_agreed_members: bool = False) -> list[str]:
    """What is wrong with a 200 answer of a hook; empty when nothing is.

    Args: allow_agreed_members: for a client that agreed to systemActions and actionSelectionBehavior.
    """
    faults = list(_empties(response, ""))
    cards = response.get("cards")
    if not isinstance(cards, list):
        return [*faults, "RES-1: cards is not an array"]
    agreed = {"systemActions"} if allow_agreed_members else set()
    faults += [f"RES-1: member {name}" for name in set(response) - {"cards", "extension"} - agreed]
    for position, card in enumerate(cards):
        if not isinstance(card, dict):
            faults.append(f"RES-1: cards[{position}] is not an object")
            continue
        faults += [f"{fault} at cards[{position}]" for fault in _card(card, allow_agreed_members)]
    return [*faults, *_unique_uuids(cards), *_order_and_number(cards)]


def _empties(value: Any, path: str) -> Iterator[str]:
    """GEN-4 and GEN-6: no null, "", [] or {}; a null that pairs an array item with its `_` sibling is FHIR's own."""
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, member in members:
        place = f"{path}/{name}"
        in_fhir_array = isinstance(value, list) and "/resource/" in path
        if member is None:
            if not in_fhir_array:
                yield f"GEN-4: null at {place}"
        elif isinstance(member, (list, dict)) and not member:
            if place.strip("/") not in MAY_BE_EMPTY:
                yield f"GEN-4: empty at {place}"
        elif isinstance(member, str) and not member.strip():
            yield f"GEN-6: blank at {place}"
        yield from _empties(member, place)


def _card(card: dict[str, Any], agreed: bool) -> Iterator[str]:
    yield from (f"CARD: member {name}" for name in set(card) - CARD_MEMBERS)
    yield from _uuid("CARD-1", card.get("uuid"))
    yield from _summary(card.get("summary"))
    yield from _detail(card.get("detail"))
    if card.get("indicator") not in INDICATORS:
        yield "CARD-4: indicator"
    yield from _source(card.get("source"))
    yield from _suggestions(card, agreed)
    yield from _override_reasons(card.get("overrideReasons"))
    for link in card.get("links", []):
        yield from _link(link)
    yield from _extension(card.get("extension"))


def _uuid(row: str, value: Any) -> Iterator[str]:
    try:
        UUID(value)
    except (ValueError, TypeError, AttributeError):
        yield f"{row}: not a uuid"


def _summary(summary: Any) -> Iterator[str]:
    if not isinstance(summary, str):
        yield "CARD-2: no summary"
        return
    if len(summary) > 139:
        yield f"CARD-2: summary of {len(summary)} characters"
    if any(ord(character) < 32 or character in "\u2028\u2029" for character in summary):
        yield "CARD-2: line break or control character in summary"
    if RAW_HTML.search(summary):
        yield "CARD-2: HTML in summary"
    if UNFILLED.search(summary):
        yield "CARD-2: unfilled words in summary"


def _detail(detail: Any) -> Iterator[str]:
    if not isinstance(detail, str):
        yield "CARD-3: no detail"
        return
    if RAW_HTML.search(detail):
        yield "CARD-3: raw HTML in detail"
    if MARKDOWN_LINK.search(detail):
        yield "CARD-3: link in detail"
    if UNFILLED.search(detail):
        yield "CARD-3: unfilled words in detail"
    lines = detail.partition("**Also**")[0].strip().split("\n\n")
    if len(lines) > 5:
        yield f"CARD-3: {len(lines)} lines in detail"


def _source(source: Any) -> Iterator[str]:
    if not isinstance(source, dict):
        yield "CARD-5: no source"
        return
    yield from (f"SRC: member {name}" for name in set(source) - SOURCE_MEMBERS)
    if not isinstance(source.get("label"), str):
        yield "SRC-1: no label"
    for name, row in (("url", "SRC-2"), ("icon", "SRC-3")):
        if name in source and not _is_absolute(source[name]):
            yield f"{row}: {name} is not absolute"
    if "topic" in source:
        yield from _coding("SRC-4", source["topic"], needs_display=False)


def _is_absolute(url: Any) -> bool:
    parts = urlsplit(url) if isinstance(url, str) else None
    return bool(parts and parts.scheme in {"http", "https"} and parts.netloc)


def _coding(row: str, coding: Any, needs_display: bool) -> Iterator[str]:
    needed = {"code", "system", *(["display"] if needs_display else [])}
    if not isinstance(coding, dict) or any(not isinstance(coding.get(name), str) for name in needed):
        yield f"{row}, COD-1: incomplete coding"
    elif set(coding) - CODING_MEMBERS:
        yield f"{row}, COD-1: unknown member in coding"


def _override_reasons(reasons: Any) -> Iterator[str]:
    if reasons is None:
        return
    if not 4 <= len(reasons) <= 6:
        yield f"CARD-8: {len(reasons)} override reasons"
    if len({(each.get("system"), each.get("code")) for each in reasons}) != len(reasons):
        yield "CARD-8: an override reason twice"
    for reason in reasons:
        yield from _coding("CARD-8", reason, needs_display=True)


def _suggestions(card: dict[str, Any], agreed: bool) -> Iterator[str]:
    suggestions = card.get("suggestions", [])
    if ("suggestions" in card) != ("selectionBehavior" in card):
        yield "CARD-7: suggestions and selectionBehavior go together"
    if card.get("selectionBehavior", "at-most-one") not in {"at-most-one", "any"}:
        yield "CARD-7: selectionBehavior"
    if len(suggestions) > 4:
        yield f"CARD-6: {len(suggestions)} suggestions"
    recommended = [each for each in suggestions if each.get("isRecommended")]
    if card.get("selectionBehavior") == "at-most-one" and len(recommended) > 1:
        yield "SUG-3: several recommended"
    for suggestion in suggestions:
        extra = {"actionSelectionBehavior"} if agreed else set()
        yield from (f"SUG: member {name}" for name in set(suggestion) - SUGGESTION_MEMBERS - extra)
        if not isinstance(suggestion.get("label"), str):
            yield "SUG-1: no label"
        elif UNFILLED.search(suggestion["label"]) or RAW_HTML.search(suggestion["label"]):
            yield "SUG-1: unfilled words or HTML in label"
        yield from _uuid("SUG-2", suggestion.get("uuid"))
        if not isinstance(suggestion.get("isRecommended", False), bool):
            yield "SUG-3: isRecommended is not boolean"
        if not suggestion.get("actions"):
            yield "SUG-4: no actions"
        for action in suggestion.get("actions", []):
            yield from _action(action)


def _action(action: dict[str, Any]) -> Iterator[str]:
    yield from (f"ACT: member {name}" for name in set(action) - ACTION_MEMBERS)
    if not isinstance(action.get("description"), str):
        yield "ACT-2: no description"
    kind, resource = action.get("type"), action.get("resource")
    if kind in {"create", "update"}:
        if not isinstance(resource, dict) or not isinstance(resource.get("resourceType"), str):
            yield "ACT-3/4: no resource"
        elif kind == "update" and not isinstance(resource.get("id"), str):
            yield "ACT-4: an update without id"
        elif kind == "create" and "id" in resource:
            yield "ACT-3: a create with an id"
        if "resourceId" in action:
            yield f"ACT-5: resourceId on {kind}"
    elif kind == "delete":
        if not DELETE_ID.fullmatch(str(action.get("resourceId"))):
            yield "ACT-5: resourceId is not Type/id"
        if "resource" in action:
            yield "ACT-5: resource on delete"
    else:
        yield "ACT-1: type"


def _link(link: dict[str, Any]) -> Iterator[str]:
    yield from (f"LINK: member {name}" for name in set(link) - LINK_MEMBERS)
    if any(not isinstance(link.get(name), str) for name in ("label", "url", "type")):
        yield "LINK-1: incomplete link"
    if link.get("type") not in {"absolute", "smart"}:
        yield "LINK-2: type"
    if not _is_absolute(link.get("url")):
        yield "LINK-2: url is not absolute"
    if "appContext" in link and (link.get("type") != "smart" or not isinstance(link["appContext"], str)):
        yield "LINK-3: appContext"


def _extension(extension: Any) -> Iterator[str]:
    if not isinstance(extension, dict):
        yield "EXT-1: no extension object"
        return
    decision = extension.get(RECOMMENDATION)
    if not isinstance(decision, dict):
        yield "EXT-1: no recommendation object"
        return
    action = decision.get("action")
    if action not in ACTIONS:
        yield "EXT: action is not one of the contract"
    if not decision.get("rules") or any(not isinstance(rule, str) for rule in decision["rules"]):
        yield "EXT: no rules"
    if action in NO_DOSE and "dose" in decision:
        yield f"EXT: a dose on {action}"
    if action in {"request-data", "review"} and "dose" in decision.get("resume", {}):
        yield f"EXT: a resume dose on {action}"
    for place, dose in (("dose", decision.get("dose")), ("resume", decision.get("resume", {}).get("dose"))):
        if dose is not None:
            yield from _dose(place, dose)
    if str(action).startswith("order-") and "test" not in decision:
        yield f"EXT: no test on {action}"
    if action == "order-cbc" and decision.get("nextCbcDue") not in {None, decision.get("test", {}).get("due")}:
        yield "EXT: nextCbcDue differs from the due date on order-cbc"


def _dose(place: str, dose: dict[str, Any]) -> Iterator[str]:
    for name in ("mg", "mgPerDay"):
        if isinstance(dose.get(name), bool) or not isinstance(dose.get(name), (int, float)) or dose[name] <= 0:
            yield f"EXT: {place}.{name} is not a positive number"
    if ("everyDays" in dose) == ("perWeek" in dose):
        yield f"EXT: {place} has neither or both of everyDays and perWeek"
    if ("onDays" in dose) != ("cycleDays" in dose):
        yield f"EXT: {place} has half a cycle"


def _unique_uuids(cards: list[Any]) -> Iterator[str]:
    uuids = [card.get("uuid") for card in cards if isinstance(card, dict)]
    uuids += [each.get("uuid") for card in cards if isinstance(card, dict) for each in card.get("suggestions", [])]
    if len(set(map(str, uuids))) != len(uuids):
        yield "CARD-1, SUG-2: a uuid stands twice"


def _order_and_number(cards: list[Any]) -> Iterator[str]:
    """At most three, most urgent first; only the last stands for less grave ones, any for others of its own urgency."""
    levels = ["critical", "warning", "info"]
    found = [card.get("indicator") for card in cards if isinstance(card, dict)]
    ranks = [levels.index(each) for each in found if each in levels]
    if ranks != sorted(ranks):
        yield "CARD: not in order of urgency"
    if len(cards) > 3:
        yield f"CARD: {len(cards)} cards"
    for card in cards:
        decision = card.get("extension", {}).get(RECOMMENDATION, {}) if isinstance(card, dict) else {}
        others = [each.get("urgency") for each in decision.get("alsoFound", ())]
        if any(each not in INDICATORS for each in others):
            yield "EXT: alsoFound without an urgency"
        if "critical" in others and card.get("indicator") != "critical":
            yield "CARD: a critical decision folded into a lesser card"
