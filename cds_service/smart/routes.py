"""The pages below /smart: launch, the way back from the authorization server, the timeline, and what if.

No address and no line of the log holds a token, a value or a patient: an address holds the handle of a session, whose secret is
in a cookie for that very address.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from flask import Blueprint, Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from cds_service.dosing.words import grouped
from cds_service.errors import Forbidden, LaunchRefused
from cds_service.fhir.origins import origin_of
from cds_service.fhir.terminology import unit_words
from cds_service.hooks.course import Chart, Course, Courses, Supposed
from cds_service.hooks.timeline import LINES, Line, Timeline
from cds_service.outbound import fetch_document
from cds_service.smart.authorization import Access, App, Launch
from cds_service.smart.chart import axis_unit, draw
from cds_service.smart.issuer import Fetch, read_issuer
from cds_service.smart.sessions import Pass, Sessions, Store
from cds_service.smart.table import rows
from cds_service.turns import Turns
from cds_service.web.markdown import to_html
from cds_service.web.page import KEY, page

ROOT: Final = "/smart"
LAUNCH: Final = f"{ROOT}/launch"
CALLBACK: Final = f"{ROOT}/callback"
TIMELINE: Final = f"{ROOT}/timeline"
# Each waits for servers of others, and a launch needs nobody's leave: the threads of a process stay the hooks'.
turns: Final = Turns(at_once=16, patience=0.5)
_LAUNCH_SECONDS: Final = 600.0
_COOKIE: Final = "cds-service-smart"
_RANGES: Final[Mapping[str, int]] = {"12 weeks": 84, "6 months": 183, "1 year": 366, "all": 0}
_LONGEST_AHEAD: Final = timedelta(days=365)
_LONGEST_NUMBER: Final = 12
_NUMBER: Final = re.compile(r"\d{1,7}([.,]\d{1,4})?", re.ASCII)
# Single cells, as cards and limits count them. Fewer than so many, or more thousands than so many, are those of the other unit.
_SINGLE: Final = "/uL"
_FEWEST: Final = 100
_MOST_THOUSANDS: Final = 5000
_THOUSANDS: Final = re.compile(r"(?<=\d)[,.' ](?=\d{3}(?!\d))", re.ASCII)


@dataclass(frozen=True, slots=True)
class Setup:
    """How the app is set up: as the authorization servers know it, and which FHIR servers it takes a launch from."""

    base_url: str
    issuers: tuple[str, ...]
    client_id: str
    client_secret: str = ""
    is_secure: bool = True


@dataclass(frozen=True, slots=True)
class WhatIf:
    """The form of "what if", as it was filled in: the fact, the value and the day as text, what is wrong with them, and the result
    that was understood, in words."""

    fact: str = LINES[0]
    value: str = ""
    on: str = ""
    fault: str = ""
    words: str = ""


class SmartApp:
    """The pages of the app."""

    def __init__(self, setup: Setup, courses: Courses, store: Store, fetch: Fetch) -> None:
        self._setup = setup
        self._courses = courses
        self._launches = Sessions(store, Launch)
        self._sessions = Sessions(store, Access)
        self._fetch = fetch
        self._app = App(setup.client_id, setup.client_secret, f"{setup.base_url}{CALLBACK}", fetch)

    def launch(self) -> AnyResponse:
        """From the EHR (`iss` and `launch`), or alone: then the server is chosen where there are several.

        Raises: LaunchRefused for a server that is not listed.
        """
        iss, launch = request.args.get("iss", ""), request.args.get("launch", "")
        if not iss and not launch:
            if len(self._setup.issuers) != 1:
                return page("smart_issuers.html", issuers=self._setup.issuers, path=LAUNCH)
            iss = self._setup.issuers[0]
        iss = iss.rstrip("/")
        if iss not in self._setup.issuers:
            raise LaunchRefused(
                sentence="This FHIR server is not on the list of those that may launch the app.",
                hint="An administrator can add it to CDS_SMART_ISSUERS.",
            )
        begun = self._app.begin(read_issuer(iss, self._fetch))
        shown = self._launches.open(begun, _LAUNCH_SECONDS)
        answer = redirect(self._app.address(begun, shown.handle, launch))
        return self._with_cookie(answer, shown, CALLBACK, _LAUNCH_SECONDS)

    def callback(self) -> AnyResponse:
        """Back from the authorization server. Raises: LaunchRefused."""
        shown = _shown(request.args.get("state", ""))
        begun = self._launches.take(shown) if shown is not None else None
        if begun is None:
            raise LaunchRefused(sentence="This launch is not under way in this browser, or was completed before.")
        access = self._app.complete(begun, request.args)
        opened = self._sessions.open(access, access.seconds)
        path = f"{TIMELINE}/{opened.handle}"
        return self._with_cookie(redirect(path, 303), opened, path, access.seconds)

    def timeline(self, handle: str) -> Response:
        """The timeline of the session's patient. Raises: Forbidden; DataUnobtainable."""
        return self._show(self._access(handle))

    def what_if(self, handle: str) -> Response:
        """The same with a result that nobody measured, on its day. Raises: Forbidden; DataUnobtainable."""
        given = {name: request.form.get(name, "").strip() for name in ("fact", "value", "on")}
        return self._show(self._access(handle), WhatIf(**given))

    def close(self, handle: str) -> Response:
        """The end of the session."""
        shown = _shown(handle)
        if shown is not None:
            self._sessions.take(shown)
        answer = page("smart_closed.html")
        answer.delete_cookie(_cookie(handle), path=f"{TIMELINE}/{handle}")
        return answer

    def _access(self, handle: str) -> Access:
        shown = _shown(handle)
        access = self._sessions.read(shown) if shown is not None else None
        if access is None:
            raise Forbidden(
                sentence="This page belongs to another browser, or its session is over.",
                hint="Open the app again from the patient's chart.",
            )
        return access

    def _show(self, access: Access, asked: WhatIf | None = None) -> Response:
        drugs = self._courses.drugs()
        drug = access.app_context if access.app_context in drugs else drugs[0]
        chart = Chart(access.patient, access.iss, access.token)
        course = self._courses.read(chart, drug)
        supposed: Course | None = None
        if asked is not None and course.timeline is not None:
            try:
                result, words = _supposition(asked, course)
                supposed = self._courses.read(chart, drug, [result], result.on)
                asked = replace(asked, words=words)
            except _Wrong as wrong:
                asked = replace(asked, fault=str(wrong))
        return self._page(access, course, drug, asked, supposed)

    def _page(
        self, access: Access, course: Course, drug: str, asked: WhatIf | None, supposed: Course | None
    ) -> Response:
        shown = supposed or course
        chosen = request.args.get("show", "all")
        days = _RANGES.get(chosen, 0)
        timeline = shown.timeline
        since = shown.today - timedelta(days=days) if days else None
        choices = _choices(course.timeline) if course.timeline else {}
        answer = page(
            "smart_timeline.html",
            400 if asked is not None and asked.fault else 200,
            drug=drug,
            whose=_whose(course, access.patient),
            course=course,
            supposed=supposed,
            timeline=timeline,
            chart=draw(timeline, since) if timeline else None,
            rows=rows(timeline, since) if timeline else (),
            ranges=[*_RANGES],
            chosen=chosen if chosen in _RANGES else "all",
            what_if=asked or WhatIf(on=(course.today + timedelta(days=7)).isoformat()),
            choices=[(name, line.words, unit_words(unit)) for name, (line, unit) in choices.items()],
            path=request.path.removesuffix("/what-if").removesuffix("/"),
            markdown=to_html,
            days_ahead=_days_ahead(course.today),
        )
        answer.headers["Cache-Control"] = "no-store"
        return answer

    def _with_cookie(self, answer: AnyResponse, shown: Pass, path: str, seconds: float) -> AnyResponse:
        answer.set_cookie(
            _cookie(shown.handle),
            shown.secret,
            max_age=int(seconds),
            path=path,
            httponly=True,
            secure=self._setup.is_secure,
            # An EHR shows the app in a frame: there a cookie is another site's, and goes only with None.
            samesite="None" if self._setup.is_secure else "Lax",
            # And there it is kept for this EHR alone, where browsers would else keep none of another site.
            partitioned=self._setup.is_secure,
        )
        answer.headers["Cache-Control"] = "no-store"
        return answer


class _Wrong(Exception):
    """What is wrong with a supposition, in words."""


def _supposition(asked: WhatIf, course: Course) -> tuple[Supposed, str]:
    """The result that is supposed, on the day on which it is looked at, and its words. Raises: _Wrong."""
    assert course.timeline is not None
    choice = _choices(course.timeline).get(asked.fact)
    if choice is None:
        raise _Wrong("Choose which result.")
    line, unit = choice
    # Thousands are parted as on the cards; of what counts thousands itself a comma begins the decimals.
    given = _THOUSANDS.sub("", asked.value) if unit == _SINGLE else asked.value
    if _NUMBER.fullmatch(given) is None:
        raise _Wrong(
            f"The value is no number from 0 on, written like 28,000 or 9.5: {asked.value[:_LONGEST_NUMBER]!r}."
        )
    value = Decimal(given.replace(",", "."))
    others = [unit_words(other) for one, other in _choices(course.timeline).values() if one is line and other != unit]
    if others and (value < _FEWEST or value % 1 if unit == _SINGLE else value >= _MOST_THOUSANDS):
        words = unit_words(unit)
        raise _Wrong(
            f"{asked.value} {words} is hardly meant: write it in {words}, or choose {line.words} ({others[0]})."
        )
    try:
        on = date.fromisoformat(asked.on)
    except ValueError:
        raise _Wrong(f"The day is none, written like 2026-01-31: {asked.on[:10]!r}.") from None
    first, last = _days_ahead(course.today)
    if not first <= on <= last:
        raise _Wrong(f"The day must lie after today and within a year, from {first} to {last}: {on}.")
    return Supposed(line.fact, value, unit, on), f"{line.words} {grouped(f'{value:f}', unit)} {unit_words(unit)}"


def _days_ahead(today: date) -> tuple[date, date]:
    """The first and the last day on which a result may be supposed."""
    return today + timedelta(days=1), today + _LONGEST_AHEAD


def _choices(timeline: Timeline) -> dict[str, tuple[Line, str]]:
    """What may be supposed, by its name in the form: each line in the unit of the cards, then in that of its axis."""
    units = [(line, unit) for line in timeline.lines for unit in (line.unit, axis_unit(line, timeline.jurisdiction))]
    return {line.fact if unit == line.unit else f"{line.fact} {unit}": (line, unit) for line, unit in units}


def _whose(course: Course, patient_id: str) -> str:
    """Whose chart it is, so that nobody takes it for another one's; names are not read."""
    known = {fact.fact: fact.value for fact in course.explanation.read}
    born = f"born {known['birthDate']}" if "birthDate" in known else "birth date not read"
    return ", ".join((f"Patient {patient_id}", born, known.get("sex", "sex not read")))


def _cookie(handle: str) -> str:
    return f"{_COOKIE}-{handle[:12]}"


def _shown(handle: str) -> Pass | None:
    """What the browser shows for a handle: its cookie, if it has one."""
    secret = request.cookies.get(_cookie(handle), "")
    return Pass(handle, secret) if handle and secret else None


def _framed_by(issuers: Sequence[str]) -> str:
    """Who may show the app in a frame: the EHRs that may launch it."""
    return " ".join(dict.fromkeys(["'self'", *filter(None, map(origin_of, issuers))]))


def blueprint(setup: Setup, courses: Courses, store: Store, fetch: Fetch = fetch_document) -> Blueprint:
    """The pages below /smart.

    Args: how the app is set up; what reads courses; where sessions are kept; what fetches an address.
    """
    app = SmartApp(setup, courses, store, fetch)
    routes = Blueprint("smart", __name__)
    routes.record_once(lambda state: state.app.extensions[KEY].framed_by.update({ROOT: _framed_by(setup.issuers)}))
    routes.add_url_rule(ROOT, "begin", lambda: redirect(LAUNCH), methods=["GET"])
    routes.add_url_rule(LAUNCH, view_func=turns.one()(app.launch), methods=["GET"])
    routes.add_url_rule(CALLBACK, view_func=turns.one()(app.callback), methods=["GET"])
    routes.add_url_rule(f"{TIMELINE}/<handle>", view_func=turns.one()(app.timeline), methods=["GET"])
    routes.add_url_rule(f"{TIMELINE}/<handle>/what-if", view_func=turns.one()(app.what_if), methods=["POST"])
    routes.add_url_rule(f"{TIMELINE}/<handle>/close", view_func=app.close, methods=["POST"])
    return routes
