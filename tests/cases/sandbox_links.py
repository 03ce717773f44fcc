"""The links of docs/sandbox.md: which cases the CDS Hooks Sandbox can show, by which address, and what is chosen by hand there."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cds_service.commands.fixtures import Fixture
from cds_service.web.sandbox import sandbox_address
from tests.support.sandbox import Form

BASE = "http://127.0.0.1:5000"
FIRST = (
    "platelets-49999-week-3",
    "renewal-to-be-held",
    "kidney-30-00",
    "start-karyotype-missing",
    "resume-platelets-50000",
)
# The first expression that stands in a case's name or rules says under which heading it is listed.
TOPICS = (
    ("Kidneys", "kidney|REN-"),
    (
        "Pregnancy, contraception, men",
        "pregnan|contracep|childbearing|breast-feeding|hcg|hysterectomy|[- ]man|PREG|MALE",
    ),
    ("Blood counts that are due, missing or stale", "cbc|STALE|REMINDERS|left-out|days-old|LABS"),
    (
        "Bleeding, clots, reactions, liver, second cancers",
        "bleed|clot|thromb|stroke|infarct|cancer|carcinoma|leukaemia",
    ),
    (
        "Bleeding, clots, reactions, liver, second cancers",
        "SKIN|NONHEM|HSR|DRESS|TLS|TFR|LIVER|rash|allerg|TOXIC|BLEED",
    ),
    ("Starting treatment", "start|IND-|HBV|hepatitis"),
    ("Platelets, neutrophils, fever: holds and resumes", "platelet|neutrophil|fever|PLT|ANC|BOTH|hold|resume|REESC"),
    ("Response and progression", "response|progress|marrow|ipss|ASSESS|DISEASE|deletion|STOP4M|4WKDEF"),
)
ODD, OTHER = "What clients send", "Other questions"
_CAPSULES = {"602912": 5, "602910": 10, "643712": 15, "1428947": 20, "643720": 25}
# The Sandbox's form for writing an order fires order-select; what is said at signing alone needs its other form.
_AT_SIGNING = frozenset({"order-lab", "inform"})


@dataclass(frozen=True, slots=True)
class Link:
    """A case as the Sandbox shows it; `form` is None where no order is written."""

    case: Fixture
    screen: str
    form: Form | None

    @property
    def address(self) -> str:
        """The Sandbox with the demonstration's FHIR server and services, the case's patient, the hook and its screen."""
        return sandbox_address(self.case.patient_id, self.screen, BASE)

    @property
    def by_hand(self) -> str:
        """What to choose once the page is there."""
        if self.form is None:
            return ""
        strength = self.form.name.split()[1]
        return f"lenalidomide {strength} MG, {self.form.number} daily" + (
            "; Sign Order" if self.screen == "rx-sign" else ""
        )


def link_to(case: Fixture) -> Link | None:
    """The link to a case; None where the Sandbox cannot fire its hook or its form cannot write its order."""
    if not case.jurisdiction:
        return None
    if case.service.endswith("-patient-view"):
        return Link(case, "patient-view", None)
    if not case.service.endswith(("-order-select", "-order-sign")):
        return None
    form = _form(case)
    is_signed = case.service.endswith("-order-sign") and set() < set(case.actions) <= _AT_SIGNING
    return Link(case, "rx-sign" if is_signed else "rx-view", form) if form else None


def _form(case: Fixture) -> Form | None:
    """The form filled in as the case's draft: whole capsules of one strength, every day, from no oddity of a client."""
    drafts = [entry["resource"] for entry in case.request["context"]["draftOrders"]["entry"] if "resource" in entry]
    if len(drafts) != 1 or ("quirk" in case.tags and not case.name.startswith("sandbox-")):
        return None
    codings: list[Mapping[str, Any]] = drafts[0].get("medicationCodeableConcept", {}).get("coding", [])
    code = next((coding["code"] for coding in codings if coding.get("code") in _CAPSULES), "")
    (instruction, *_) = drafts[0].get("dosageInstruction") or [{}]
    dose = next((each.get("doseQuantity", {}) for each in instruction.get("doseAndRate", ())), {})
    is_daily = not re.search(r"\bdays\b", instruction.get("text", ""))
    begins = instruction.get("timing", {}).get("repeat", {}).get("boundsPeriod", {}).get("start", "")
    if not code or "value" not in dose or not is_daily or begins > case.today.isoformat():
        return None
    number = dose["value"] if dose.get("code") == "{pill}" else dose["value"] / _CAPSULES[code]
    return Form(code, f"lenalidomide {_CAPSULES[code]} MG Oral Capsule", int(number)) if number == int(number) else None


def tables(cases: Iterable[Fixture]) -> Iterator[str]:
    """The lines of the page: what to try first, then a table for each topic, the SmPC's apart, then what has no link."""
    listed = list(cases)
    links = [link for case in listed if (link := link_to(case))]
    yield from (
        "### Try these first",
        "",
        *_table([link for name in FIRST for link in links if link.case.name == name]),
    )
    for jurisdiction, words in (
        ("US", "US label"),
        ("EU", "SmPC: start with `CDS_JURISDICTION=EU .venv/bin/cds-service demo`"),
    ):
        own = [link for link in links if link.case.jurisdiction == jurisdiction and link.case.name not in FIRST]
        for topic in dict.fromkeys((*(title for title, _ in TOPICS), OTHER, ODD)):
            rows = [link for link in own if topic_of(link.case) == topic]
            if rows:
                yield from ("", f"### {topic} ({words})", "", *_table(rows))
    rest = [case for case in listed if link_to(case) is None and case.jurisdiction]
    yield from ("", "### Cases without a link", "")
    yield "Another hook, a schedule of days or a client's oddity, which the Sandbox's form cannot write; by curl, as above:"
    for settings in sorted({case.settings for case in rest}, key=lambda each: (len(each), each)):
        if settings:
            yield from (
                "",
                f"By curl too, of a demonstration started with `{' '.join(settings)} .venv/bin/cds-service demo`:",
            )
        yield " ".join(f"`{case.name}`" for case in rest if case.settings == settings) + "."


def topic_of(case: Fixture) -> str:
    """The heading under which a case is listed."""
    if "quirk" in case.tags:
        return ODD
    known = " ".join((case.name, *case.rules))
    return next((title for title, words in TOPICS if re.search(words, known)), OTHER)


def _table(links: Iterable[Link]) -> Iterator[str]:
    yield from ("| open | choose by hand | what it shows | right answer |", "|---|---|---|---|")
    for link in links:
        nothing = "no card but that of the supply" if link.by_hand else "no card"
        right = "; ".join(link.case.actions) or nothing
        yield f"| [{link.case.name}]({link.address}) | {link.by_hand} | {link.case.title} | {right} |"
