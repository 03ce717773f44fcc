"""`/try`: play a call, a fixture's or one's own, with other counts, days and doses, and see all that comes of it.

The chart of a fixture is moved as a whole to today, as in the demonstration's FHIR server, unless the address names the day
that it was moved to: with that and the edits it is all that is needed to show a state again. A pasted request has no address:
it comes in the body of a form, is answered, and is gone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

import msgspec
from flask import Blueprint, Response, request

from cds_service.errors import BodyTooLarge, CdsError, NoSuchRoute, did_you_mean
from cds_service.hooks.edits import EditFault, Field, day, edited, fields_of, read_request, write_request
from cds_service.hooks.explanation import check_words
from cds_service.hooks.trial import JURISDICTIONS, Played, Trial
from cds_service.program import NAME, program
from cds_service.turns import Turns
from cds_service.web.case import Case
from cds_service.web.markdown import to_html
from cds_service.web.page import nearness, page
from cds_service.web.sandbox import sandbox_link

PATH = "/try"
# Where the demonstration launches the SMART app as an EHR would; cards link to the app only where it is on.
EHR_LAUNCH = "/demo/auth/launch"
# Whoever reaches the page may ask, signed in or not: the threads of a process stay the hooks'.
turns = Turns(at_once=4, patience=0.5)
# The day that the chart of a fixture is moved to.
AS_OF = "as-of"
# A page is many times as large as the request that it explains.
LONGEST = 1_000_000
# What cases are tagged as, in the order in which somebody new looks at them.
_KINDS = ("demo", "boundary", "quirk")
COUNTS = ("platelets", "anc", "hemoglobin", "draftOrder", "medication")


@dataclass(frozen=True, slots=True)
class Shown:
    """One state of a call: its request, the fields to change it by with their present values, and what came of it.

    With `faults` it is the request as it came, whatever else the fields say.
    """

    body: bytes
    today: date
    jurisdiction: str
    fields: tuple[Field, ...]
    values: Mapping[str, str]
    played: Played
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TryIt:
    """The pages below /try.

    `cases` are the fixture cases in the order of the list, `unserved` those of services that are not served here. `base_url` is the
    base address as clients see it ("": the one that was called); `has_fhir` says whether a FHIR server with the cases' patients
    stands beside the pages, as the Sandbox needs; `fixed_day` is the day of the demonstration (None: the calendar's).
    """

    cases: Sequence[Case]
    trial: Trial
    base_url: str
    has_fhir: bool
    fixed_day: date | None = None
    unserved: Sequence[Case] = ()

    def show(self) -> Response:
        """The list of the fixtures, or one of them with the edits that the query names.

        Raises: NoSuchRoute for a case that there is not, or whose service is not served.
        """
        name = request.args.get("case", "")
        if not name:
            return page("try_list.html", cases=self.cases)
        unserved = next((case for case in self.unserved if case.name == name), None)
        if unserved is not None:
            how = (
                f"Start with {' '.join(unserved.settings)}."
                if unserved.settings
                else "CDS_SERVICES leaves its hook out."
            )
            raise NoSuchRoute(sentence=f"{unserved.service}, the service of this case, is not served here.", hint=how)
        case, today = next((case for case in self.cases if case.name == name), None), self.fixed_day or date.today()
        if case is None:
            raise NoSuchRoute(
                sentence="There is no case of this name.",
                hint=did_you_mean(name, [each.name for each in self.cases], f"{PATH} lists the cases."),
            )
        faults: list[str] = []
        as_of = _day(request.args, AS_OF, today, faults)
        state = self._state(case.body_on(as_of), request.args, as_of, case.jurisdiction, case.service, faults)
        base = self.base_url or request.host_url.rstrip("/")
        differing = _differing(state, as_of, case.jurisdiction)
        return page(
            "try.html",
            case=case,
            as_of=as_of,
            is_of_today=as_of == today,
            link=f"{base}{PATH}?{urlencode({'case': name, AS_OF: as_of.isoformat()} | differing)}",
            is_changed=bool(differing),
            launch=f"{EHR_LAUNCH}?{urlencode({'patient': case.patient_id})}" if self.has_fhir else "",
            sandbox=sandbox_link(case, base) if self.has_fhir else "",
            **self._content(state, base),
        )

    def paste(self) -> Response:
        """A request that came in a form; nothing of it is kept. Raises: BodyTooLarge."""
        text = request.form.get("request", "")
        if len(text.encode()) > LONGEST:
            raise BodyTooLarge(
                sentence=f"The request is longer than the {LONGEST:,} bytes that are played here.",
                hint=f"`{program() if self.has_fhir else NAME} explain` takes a longer one.",
            )
        try:
            today = day(request.form.get("today") or (self.fixed_day or date.today()).isoformat(), "today")
            state = self._state(text.encode(), request.form, today, request.form.get("jurisdiction", "US"), "", [])
        except (CdsError, EditFault) as error:
            words = getattr(error, "sentence", str(error)), getattr(error, "hint", "")
            return page("try_list.html", 400, cases=self.cases, text=text, problem=words)
        base = self.base_url or request.host_url.rstrip("/")
        return page("try.html", case=None, text=text, **self._content(state, base))

    def _state(
        self, body: bytes, given: Mapping[str, str], today: date, jurisdiction: str, service_id: str, faults: list[str]
    ) -> Shown:
        """The request as it is, then with the edits that were given. Raises: CdsError for what cannot be played at all."""
        chosen = given.get("jurisdiction", "")
        jurisdiction = chosen if chosen in JURISDICTIONS else jurisdiction
        today = _day(given, "today", today, faults)
        played = self.trial.play(body, today, jurisdiction, service_id)
        drug, read = played.drug, played.explanation.read if played.explanation else ()
        fields = fields_of(read_request(body), read, drug, played.medications) if read else ()
        values = {field.name: given.get(field.name, "").strip() or field.value for field in fields}
        if faults:
            return Shown(body, today, jurisdiction, fields, values, played, tuple(faults))
        try:
            changed = write_request(edited(read_request(body), fields, values, drug)) if fields else body
        except EditFault as fault:
            return Shown(body, today, jurisdiction, fields, values, played, (str(fault),))
        if any(values[field.name] != field.value for field in fields):
            played = self.trial.play(changed, today, jurisdiction, service_id)
        return Shown(changed, today, jurisdiction, fields, values, played)

    def _content(self, state: Shown, base: str) -> dict[str, Any]:
        """What the page of one state shows."""
        address = f"{base}/cds-services/{state.played.service.id}"
        return {
            "state": state,
            "first": [field for field in state.fields if field.name.removesuffix("-on") in COUNTS],
            "more": [field for field in state.fields if field.name.removesuffix("-on") not in COUNTS],
            "jurisdictions": JURISDICTIONS,
            "markdown": to_html,
            "words": check_words,
            "answer": _pretty(state.played.answer),
            "request_text": _pretty(state.body),
            "curl": f"curl -H 'Content-Type: application/json' {address} --data @- <<'END'\n{_pretty(state.body, indent=-1)}\nEND",
        }


def blueprint(pages: TryIt) -> Blueprint:
    """The routes of the pages below /try."""
    routes = Blueprint("try", __name__)
    routes.add_url_rule(PATH, "show", turns.one()(pages.show), methods=["GET"])
    routes.add_url_rule(PATH, "paste", turns.one()(pages.paste), methods=["POST"])
    return routes


def for_newcomers(cases: Iterable[Case], jurisdiction: str) -> tuple[Case, ...]:
    """The cases in the order in which they help somebody new: what is shown first, own decisions, those of others, odd charts."""

    def place(case: Case) -> tuple[object, ...]:
        kind = next((number for number, tag in enumerate(_KINDS) if tag in case.tags), len(_KINDS))
        return kind, *nearness(case.jurisdiction, jurisdiction), not case.actions, case.name

    return tuple(sorted(cases, key=place))


def _day(given: Mapping[str, str], name: str, today: date, faults: list[str]) -> date:
    """A day that was given; today where there is none, or none that can be read, which is put among the faults."""
    try:
        return day(given[name], name) if given.get(name) else today
    except EditFault as fault:
        faults.append(str(fault))
        return today


def _differing(state: Shown, as_of: date, jurisdiction: str) -> dict[str, str]:
    """What is otherwise than in the case, as the query of an address has it."""
    query = {}
    if state.today != as_of:
        query["today"] = state.today.isoformat()
    if state.jurisdiction != jurisdiction:
        query["jurisdiction"] = state.jurisdiction
    return query | {
        field.name: state.values[field.name] for field in state.fields if state.values[field.name] != field.value
    }


def _pretty(body: bytes, indent: int = 2) -> str:
    """JSON for reading; what is none, as it came."""
    try:
        return msgspec.json.format(body, indent=indent).decode() if body else ""
    except (msgspec.DecodeError, RecursionError, ValueError):
        return body.decode("utf-8", "replace")
