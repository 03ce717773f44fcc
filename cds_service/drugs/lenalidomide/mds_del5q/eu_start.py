"""What the EU SmPC asks for before a start beside eligibility, dose and kidneys: counts, hepatitis B, leukaemia risk.

When: a first dose is ordered.
Then: neutrophils or platelets below the limit: do not start; hepatitis B status unknown: asked for, no dose; hepatitis B
positive: reviewed; a complex karyotype or a TP53 mutation: the higher risk of acute myeloid leukaemia is said.
"""

from __future__ import annotations

from datetime import date, timedelta

from cds_service.clinical.facts import Finding, Missing, Reading
from cds_service.clinical.recommendation import Action, Input, OrderTest, Proposal, Recommendation, Urgency
from cds_service.drugs.lenalidomide.build import decision, order_cbc, withdrawal_label, withdrawals
from cds_service.drugs.lenalidomide.course.regimen import StartChecks
from cds_service.drugs.lenalidomide.course.sayings import count_words
from cds_service.drugs.lenalidomide.course.situation import LINES, Situation
from cds_service.drugs.lenalidomide.indication import Indication
from cds_service.drugs.lenalidomide.rulebook import RULES

NO_START = RULES["EU-MDS-NOSTART"].data
MINIMUM = {"anc": NO_START["anc_below"], "platelets": NO_START["platelets_below"]}
START_DAYS: int = RULES["GEN-STALE"].data["count_days_to_start"]
# Which tests tell the hepatitis B status, and what is ordered for them.
HEPATITIS_B_TESTS = {"hbsag": ("HBsAg", "5195-3"), "hbcab": ("anti-HBc", "13952-7")}


def eu_start_checks(of: Situation, indication: Indication) -> StartChecks:
    """Low counts and an unknown hepatitis B status block; hepatitis B and the risk of leukaemia stand beside."""
    unknown, positive = _hepatitis_b(of)
    return StartChecks(
        blocking=(*_must_not_start(of), *unknown, *_open_counts(of)),
        beside=(*positive, *_leukaemia_risk(of, indication)),
    )


def _must_not_start(of: Situation) -> list[Recommendation]:
    """A line whose recent results all lie below its limit (EU-MDS-NOSTART)."""
    low: list[Reading] = []
    for line in LINES:
        found = of.counts[line]
        below = [r.amount.is_below(MINIMUM[line]) for r in found.decisive]
        if below and all(below) and not found.is_older_than(START_DAYS, of.today):
            low += found.decisive
    of.trace.say("EU-MDS-NOSTART", "fired" if low else "not met", "counts against the limits for a start")
    if not low:
        return []
    due = of.today + timedelta(days=of.regimen.cbc.every_first)
    rules = ("EU-MDS-NOSTART", *(of.regimen.ids.neutropenia if any(r.fact == "anc" for r in low) else ()))
    return [
        decision(
            of.case,
            of.indication,
            Action.DO_NOT_START,
            Urgency.CRITICAL,
            rules,
            "must-not-start",
            words=count_words(low) | {"due": due.isoformat()},
            next_cbc_due=due,
            inputs=[Input.of(r) for r in low],
            proposals=_instead(of, due),
        )
    ]


def _instead(of: Situation, due: date) -> tuple[Proposal, ...]:
    removals = withdrawals(of.case)
    label = withdrawal_label(of.case, "do-not-start")
    return (Proposal(label, (*removals, order_cbc(of.case, due)), is_recommended=True),) if removals else ()


def _open_counts(of: Situation) -> list[Recommendation]:
    """A result reported as a range on both sides of the limit: the exact one is asked for."""
    unclear = [r for line in LINES for r in of.counts[line].decisive if r.amount.is_below(MINIMUM[line]) is None]
    if not unclear:
        return []
    return [
        decision(
            of.case,
            of.indication,
            Action.REQUEST_DATA,
            Urgency.WARNING,
            ("GEN-COMPARATOR", "EU-MDS-NOSTART"),
            "start-data-missing",
            words={"what": "; ".join(f"{r.fact}: reported as a range" for r in unclear)},
            inputs=[Input.of(r) for r in unclear],
            missing=[Missing(r.fact, "reported as a range", "GEN-COMPARATOR") for r in unclear],
        )
    ]


def _hepatitis_b(of: Situation) -> tuple[list[Recommendation], list[Recommendation]]:
    """The request for an unknown status, and the review of a positive one; both empty when it is negative.

    Missing: known is a positive result or diagnosis, or both tests negative.
    """
    results = {fact: of.facts.findings.get(fact, ())[-1:] for fact in HEPATITIS_B_TESTS}
    positive = [_input(f) for found in results.values() for f in found if f.value == "positive"]
    positive += [
        Input("hepatitisB", d.text or "hepatitis B", on=d.recorded_on, reference=d.reference)
        for d in of.facts.has_diagnosis("hepatitis-b")
    ]
    lacking = [fact for fact, found in results.items() if not any(f.value == "negative" for f in found)]
    if positive:
        of.trace.say("EU-MON-HBV", "fired", "hepatitis B is on file")
        review = decision(
            of.case, of.indication, Action.REVIEW, Urgency.WARNING, ("EU-MON-HBV",), "hepatitis-b-positive",
            words={"found": " and ".join(f"{i.fact} {i.value}" for i in positive)}, inputs=positive,
        )  # fmt: skip
        return [], [review]
    if not lacking:
        of.trace.say("EU-MON-HBV", "not met", "HBsAg and anti-HBc are negative")
        return [], []
    of.trace.say("EU-MON-HBV", "fired", f"no usable result: {', '.join(lacking)}")
    return [_status_request(of, lacking, [_input(f) for found in results.values() for f in found])], []


def _status_request(of: Situation, lacking: list[str], inputs: list[Input]) -> Recommendation:
    names = " and ".join(HEPATITIS_B_TESTS[fact][0] for fact in lacking)
    orders = tuple(OrderTest(HEPATITIS_B_TESTS[fact][1], of.today) for fact in lacking)
    return decision(
        of.case,
        of.indication,
        Action.REQUEST_DATA,
        Urgency.WARNING,
        ("EU-MON-HBV",),
        "hepatitis-b-unknown",
        words={"tests": names},
        inputs=inputs,
        missing=[Missing(fact, _why_unknown(of, fact), "EU-MON-HBV") for fact in lacking],
        proposals=(Proposal("hepatitis-b", orders, is_recommended=True),),
    )


def _why_unknown(of: Situation, fact: str) -> str:
    refused = of.facts.refused(fact)
    return refused[-1].reason if refused else of.facts.unseen.get(fact, "no result on file")


def _leukaemia_risk(of: Situation, indication: Indication) -> list[Recommendation]:
    """Complex karyotype or TP53: said beside whatever else is decided (EU-MON-AML)."""
    found: list[Input] = []
    if indication.is_complex and indication.karyotype is not None:
        found.append(indication.karyotype)
    found += [_input(f) for f in of.facts.findings.get("tp53", ()) if f.value not in ("absent", "negative")]
    of.trace.say("EU-MON-AML", "fired" if found else "not met", "complex karyotype or TP53 mutation")
    if not found:
        return []
    names = ["complex karyotype" if i.fact == "karyotype" else "TP53 mutation" for i in found]
    return [
        decision(
            of.case,
            of.indication,
            Action.INFORM,
            Urgency.WARNING,
            ("EU-MON-AML",),
            "leukaemia-risk",
            words={"found": " and ".join(dict.fromkeys(names))},
            inputs=found,
        )
    ]


def _input(finding: Finding) -> Input:
    return Input(finding.fact, finding.value, on=finding.on, reference=finding.reference)
