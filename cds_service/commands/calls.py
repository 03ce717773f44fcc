"""A hook call that stands in a file: its bytes, the case beside it, the settings it is played under, the service it is for."""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from cds_service.cards.words import listed
from cds_service.cdshooks.json_text import members_of
from cds_service.cdshooks.request import resource_instead
from cds_service.cdshooks.service import Service
from cds_service.errors import CdsError, DataUnobtainable, did_you_mean
from cds_service.hooks.hook import HOOKS, setting_for
from cds_service.hooks.protocol import form_checks
from cds_service.settings import Settings

CASE = "case.toml"
REQUEST = "request.json"
STDIN = "-"


class CallFault(Exception):
    """A call that cannot be played: the message says why in words for the terminal."""


@dataclass(frozen=True, slots=True)
class Call:
    """A call ready to be played. `notes` say where today and the jurisdiction came from, where that is not plain."""

    body: bytes
    settings: Settings
    today: date
    notes: tuple[str, ...] = ()


def read_call(name: str, today: str | None, environ: Mapping[str, str]) -> Call:
    """The call in a file, or on standard input for "-".

    Args: the file's name; the date given on the command line; the environment.
    Today: the option, else CDS_TODAY, else the case, else the calendar. Jurisdiction: CDS_JURISDICTION, else the case, else US.
    A hook that is served only where CDS_SERVICES names it is taken as named where that is unset.

    Raises: CallFault when the file or a date cannot be read; SettingsError.
    """
    body, case = _body(name), _case(name)
    notes: list[str] = []
    given = dict(environ)
    if not given.get("CDS_JURISDICTION", "").strip():
        jurisdiction = case.get("jurisdiction", "US")
        notes.append(
            f"{f'jurisdiction {jurisdiction}' if jurisdiction else 'no jurisdiction'} as {CASE} says"
            if "jurisdiction" in case
            else "no jurisdiction set: taken as US"
        )
        given["CDS_JURISDICTION"] = jurisdiction
    if not given.get("CDS_SERVICES", "").strip() and (opted := _opted_in(body)):
        notes.append(f"{opted} is served only where CDS_SERVICES names it: played as if it did")
        given["CDS_SERVICES"] = setting_for(opted).partition("=")[2]
    settings = Settings.from_environment({**given, "CDS_MODE": "demo", "CDS_AUTH": "none"})
    if not given["CDS_JURISDICTION"].strip():
        # A demonstration would take the US for it.
        settings = replace(settings, jurisdiction="")
    chosen = _date(today, "--today") or settings.today
    if chosen is None and case.get("today"):
        chosen = _date(case["today"], f"today in {CASE}")
        notes.append(f"today {chosen} as {CASE} says")
    if chosen is None:
        chosen = date.today()
        notes.append(f"no day given: taken as {chosen} (--today, CDS_TODAY, or {CASE} beside the file)")
    return Call(body, settings, chosen, tuple(notes))


def service_for(services: Sequence[Service], body: bytes, service_id: str | None) -> Service:
    """The service that a call is for: the named one, else the first one of the request's hook.

    Raises: CallFault when there is none.
    """
    ids = ", ".join(service.id for service in services)
    if service_id:
        named = next((service for service in services if service.id == service_id), None)
        if named is None:
            meant = did_you_mean(service_id, [service.id for service in services])
            raise CallFault(f"there is no service {service_id!r}; there are {ids}. {meant}".rstrip())
        return named
    hook = _hook(body)
    if not hook and (resource := resource_instead(body)):
        raise CallFault(told(resource))
    found = next((service for service in services if service.hook == hook), None)
    if found is None:
        meant = did_you_mean(hook, [service.hook for service in services])
        if not hook:
            why = "hook is missing"
        elif hook in HOOKS:
            why = f"CDS_SERVICES does not name {hook}"
        else:
            why = " ".join(filter(None, ("no service answers the hook of this request.", meant))).rstrip(".")
        raise CallFault(f"{why}; there are {ids}. --service names one.")
    return found


def form_notes(body: bytes) -> tuple[str, ...]:
    """What `doctor` notes on ids and references in the context of a request that could be read."""
    context = members_of(body).get("context")
    return tuple(check.words for check in form_checks(context)) if isinstance(context, dict) else ()


def told(error: CdsError) -> str:
    """An error in one or two lines, as the terminal shows it."""
    if isinstance(error, DataUnobtainable):
        places = "; ".join(
            f"Prefetch key{'s' * (len(keys) > 1)} {listed(keys)} could not be obtained: {reason}."
            for reason, keys in _by_reason(error.missing).items()
        )
    else:
        places = "; ".join(sentence + (f" ({where})" if where else "") for where, sentence in error.places)
    return f"{error.status} {error.code}: {places}" + (f"\n{error.hint}" if error.hint else "")


def _by_reason(missing: Mapping[str, str]) -> dict[str, list[str]]:
    """The prefetch keys that lack for each reason, quoted."""
    found: dict[str, list[str]] = {}
    for key, reason in sorted(missing.items()):
        found.setdefault(reason, []).append(f"'{key}'")
    return found


def _opted_in(body: bytes) -> str:
    """The hook of a request where a site must name it to have it served, "" for any other."""
    try:
        hook = HOOKS.get(_hook(body))
    except CallFault:
        return ""
    return hook.name if hook is not None and hook.is_opt_in else ""


def _hook(body: bytes) -> str:
    """The request's `hook`.

    Raises: CallFault when the body is no JSON object; the words hold nothing of it.
    """
    try:
        hook = members_of(body).get("hook")
    except CdsError as error:
        raise CallFault(told(error)) from None
    return hook if isinstance(hook, str) else ""


def _body(name: str) -> bytes:
    if name == STDIN:
        return sys.stdin.buffer.read()
    path = Path(name)
    try:
        return path.read_bytes()
    except IsADirectoryError:
        inside = path / REQUEST
        hint = f"the call of a case is {inside}" if inside.is_file() else "give the file of a request"
        raise CallFault(f"{name} is a folder; {hint}") from None
    except OSError as error:
        raise CallFault(f"{name} cannot be read: {error.strerror}") from None


def _case(name: str) -> dict[str, str]:
    """`today` and `jurisdiction` of the case beside the file, at its top or in its [case] table; empty without one."""
    path = Path(name).parent / CASE
    if name == STDIN or not path.is_file():
        return {}
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise CallFault(f"{path} cannot be read: {error}") from None
    table = content.get("case")
    members = {**content, **(table if isinstance(table, dict) else {})}
    return {key: str(members[key]) for key in ("today", "jurisdiction") if key in members}


def _date(text: str | None, what: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise CallFault(f"{what} is {text!r}, no day as YYYY-MM-DD; give one such as 2026-01-26") from None
