"""The state of the disease at every call: acute leukaemia, progression, second cancers.

When: lenalidomide is ordered, taken or on hold, whatever it is given for.
Then: acute leukaemia, or blasts of its share, does not let it start and holds it; what is new in karyotype, blasts, TP53 or
recorded risk, and a second cancer, is a review for some weeks from its date, later a line under other decisions.
Each result stands against the latest earlier one, wherever it lies; one that does not tell is passed over.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from fractions import Fraction
from operator import attrgetter
from typing import NamedTuple

from cds_service.clinical.cytogenetics import COMPLEX_FROM, Karyotype, involves_chromosome_7
from cds_service.clinical.facts import Diagnosis, Finding, Missing, PatientFacts, Reading, Unusable
from cds_service.clinical.quantity import Interval, exact
from cds_service.clinical.recommendation import Action, Input, Recommendation, Urgency
from cds_service.dosing.build import decision, stop_proposals
from cds_service.dosing.data_quality import available
from cds_service.drugs.lenalidomide.decisions import fires, input_of
from cds_service.drugs.lenalidomide.indication import indication_of
from cds_service.drugs.lenalidomide.safety.view import View, cbc_due_on_hold, kept_away

LEUKAEMIA, STATE, CANCER = "ACUTE-LEUKEMIA", "DISEASE-STATE", "SECOND-CANCER"
BLASTS = {"blasts": "marrow blasts", "peripheralBlasts": "blasts in blood"}
# What is a disease of its own where another one is treated, and no second cancer where it is the treated one itself.
TREATED = frozenset({"mds", "myeloma", "mcl", "fl", "mzl", "cll", "poems"})
LEUKAEMIAS, SKIN = frozenset({"acute-leukemia", "acute-leukemia-in-remission"}), "non-melanoma-skin-cancer"
RISK_ORDER = {
    "ipss": ("low", "int-1", "int-2", "high"),
    "ipssR": ("very-low", "low", "intermediate", "high", "very-high"),
}
# From which of these groups on a disease is no longer of lower risk, also where nothing earlier is recorded.
HIGHER_RISK = {"ipss": "int-2", "ipssR": "high"}
NO_EARLIER = "no earlier one to compare"
_NUMBER = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,6})?")
_NONE_FOUND = re.compile(
    r"\b(?:absent|negativ\w*|wild[- ]?typ\w*|unmutated|unmutiert)\b|^no\b|\b(?:none|no|keine?|nein|nil)\W*$"
    r"|\b(?:no|not|none|without|kein\w*|nicht|ohne|pas|aucune?|sans|sin|ningun\w*|non|nessun\w*|senza|geen|niet|zonder|sem|nao|não)\b"
    r"[^,;]{0,30}(?:muta|mutier|variant|pathogen|detect|dete[ct]t|found|nachweis|gefund|rilev|encontr|trouv|aangeto|gevonden)",
    re.IGNORECASE,
)


class Change(NamedTuple):
    """One thing that is new: in words, since when (None: not known), and where it stands."""

    what: str
    on: date | None
    input: Input


def acute_leukaemia(view: View) -> list[Recommendation]:
    """Do not start, hold, or stay on hold: acute leukaemia that is active, or blasts of its share in the latest result."""
    found = [*map(_diagnosed, view.facts.has_diagnosis("acute-leukemia")), *_many_blasts(view)]
    if not fires(view, LEUKAEMIA, found, "; ".join(c.what for c in found) or "none on file"):
        return []
    due = None if view.is_start else cbc_due_on_hold(view)
    action, urgency, end = kept_away(view)
    references = view.therapy.references if view.therapy.state == "active" else ()
    return [
        decision(
            view,
            action,
            urgency,
            (LEUKAEMIA,),
            f"acute-leukemia-{end}",
            words={
                "what": found[0].what,
                "all": "; ".join(c.what for c in found),
                "due": due.isoformat() if due else "",
            },
            next_cbc_due=due,
            inputs=[c.input for c in found],
            proposals=stop_proposals(view.case, due, references),
            causes=("acute-leukemia",),
        )
    ]


def unread_blasts(view: View) -> list[Recommendation]:
    """A question for blasts that cannot be used as they stand and, if believed, would hold treatment or be reviewed.

    Missing: a result that says no amount at all, or is older than the latest usable one, asks for nothing.
    """
    grave, limits = view.numbers(LEUKAEMIA)["blasts_percent_at_least"], _limits(view)
    found = []
    for fact, limit in limits.items():
        known = available(view.case, fact)
        newer = [u for u in known.refused if u.on is None or known.on is None or u.on >= known.on]
        for unread in newer:
            amounts = _believed(unread)
            if any(a.is_at_least(limit) is True for a in amounts):
                found.append((unread, any(a.is_at_least(grave) is True for a in amounts)))
    return [
        decision(
            view,
            Action.REQUEST_DATA,
            Urgency.CRITICAL if is_grave else Urgency.WARNING,
            (LEUKAEMIA if is_grave else STATE, *((unread.rule,) if unread.rule in view.case.rules else ())),
            "blasts-unread",
            words={
                "what": f"{BLASTS[unread.fact]} {unread.reported} {unread.reported_unit}".strip(),
                "why": unread.reason,
            },
            inputs=[
                Input(unread.fact, unread.reported, unread.reported_unit, on=unread.on, reference=unread.reference)
            ],
            missing=[Missing.of(unread, STATE)],
        )
        for unread, is_grave in found[-1:]
    ]


def _believed(unread: Unusable) -> list[Interval]:
    """What a result may mean: as its reader says, else its bare number as a percentage, below 1 also as a share."""
    if unread.believed or not _NUMBER.fullmatch(unread.reported):
        return [each.amount for each in unread.believed]
    number = exact(unread.reported)
    return [Interval.of(number), *([Interval.of(100 * number)] if number < 1 else [])]


def _limits(view: View) -> dict[str, int]:
    """From which share on blasts in marrow and in blood are looked at."""
    numbers = view.numbers(STATE)
    return {
        "blasts": numbers["marrow_blasts_percent_at_least"],
        "peripheralBlasts": numbers["blood_blasts_percent_at_least"],
    }


def progression(view: View) -> list[Recommendation]:
    """What is new in the disease, and second cancers: a review each while new, then one line each that folds.

    Missing: an abnormality or a group with nothing earlier to compare counts as new where it was found under treatment;
    what has no date is a line.
    """
    changes = [*_blasts(view), *map(_diagnosed, view.facts.has_diagnosis("mds-excess-blasts"))]
    if not view.is_start:
        # Before a start the same results are judged by whether the document lets it begin.
        changes += [*_karyotypes(view), *_tp53(view), *_risk(view)]
    # Blasts that are acute leukaemia by their share are said once.
    grave = {c.input for c in _many_blasts(view)}
    changes = [c for c in changes if c.input not in grave]
    cancers, skin = _cancers(view)
    return [
        *unread_blasts(view),
        *_said(view, STATE, changes, "progression", "progression-earlier"),
        *_said(view, CANCER, cancers, "second-cancer", "second-cancer-earlier", skin),
    ]


def _said(
    view: View, rule_id: str, changes: Sequence[Change], message: str, earlier: str, minor: Sequence[Change] = ()
) -> list[Recommendation]:
    """A review of what is new, and a line on what is older or undated and began under treatment.

    Args: `minor` is a line for as long as it is new.
    """
    oldest = view.today - timedelta(days=view.numbers(rule_id)["speaks_days"])
    new = [c for c in changes if c.on is not None and c.on >= oldest]
    old = [c for c in changes if c not in new and (c.on is None or _is_under_treatment(view, c.on))]
    old += [c for c in minor if c.on is not None and c.on >= oldest]
    fires(view, rule_id, new or old, "; ".join(c.what for c in (*new, *old)) or "nothing new")
    rules = (rule_id, "US-WP-SPM") if rule_id == CANCER and view.law == "US" else (rule_id,)
    undated = [c for c in old if c.on is None]
    kinds = [
        (new, Action.REVIEW, Urgency.WARNING, message),
        ([c for c in old if c not in undated], Action.INFORM, Urgency.INFO, earlier),
        (undated, Action.INFORM, Urgency.INFO, f"{message}-undated"),
    ]
    return [
        decision(
            view,
            action,
            urgency,
            rules,
            key,
            words={"what": "; ".join(c.what for c in found)},
            inputs=[c.input for c in found],
            folds=urgency is Urgency.INFO,
        )
        for found, action, urgency, key in kinds
        if found
    ]


def _many_blasts(view: View) -> list[Change]:
    limit = view.numbers(LEUKAEMIA)["blasts_percent_at_least"]
    return [
        _counted(r)
        for fact in BLASTS
        for r in available(view.case, fact).decisive
        if r.amount.is_at_least(limit) is True
    ]


def _counted(reading: Reading, beside: str = "") -> Change:
    words = f"{BLASTS[reading.fact]} {reading.reported} {reading.reported_unit} ({reading.on})"
    return Change(f"{words}, {beside}" if beside else words, reading.on, Input.of(reading))


def _diagnosed(diagnosis: Diagnosis) -> Change:
    on = diagnosis.onset_to or diagnosis.recorded_on
    # Without the note where it was read from.
    named = diagnosis.text.partition(" (read from the text")[0] or "acute leukemia"
    return Change(
        f"{named} ({on})" if on else f"{named}, undated",
        on,
        Input("diagnosis", diagnosis.text, on=on, reference=diagnosis.reference),
    )


def _blasts(view: View) -> list[Change]:
    """Blasts at or above their limit that are new, rose by the share of the rule, or have nothing earlier beside them."""
    rise = exact(view.numbers(STATE)["rise_at_least"])
    found = []
    for fact, limit in _limits(view).items():
        series = [r for r in view.facts.decisive(fact) if r.on <= view.today]
        for reading in series:
            if reading.amount.is_at_least(limit) is False:
                continue
            before = next((r for r in reversed(series) if r.on < reading.on), None)
            if before is None:
                found.append(_counted(reading, NO_EARLIER))
            elif before.amount.is_at_least(limit) is not True or _rose(before, reading, rise):
                found.append(_counted(reading, f"before {before.reported} {before.reported_unit} ({before.on})"))
    return found


def _rose(before: Reading, now: Reading, rise: Fraction) -> bool:
    return before.amount.is_exact and now.amount.is_at_least(before.amount.value * (1 + rise)) is True


def _karyotypes(view: View) -> list[Change]:
    """What a karyotype shows that earlier ones did not."""
    indication = indication_of(view.facts)
    if indication.diagnoses and not indication.is_mds and indication.name != "cll":
        return []
    reports = sorted(view.facts.karyotypes, key=lambda pair: pair[1].on or date.min)
    found = []
    for index, (karyotype, finding) in enumerate(reports):
        earlier = reports[:index]
        kinds = ((_seven(karyotype), attrgetter("has_minus7_or_del7q")), (_complex(karyotype), _is_complex))
        new = [
            name
            for name, shows in kinds
            if shows(karyotype) is True and _is_new(view, finding, (shows(k) for k, _ in earlier))
        ]
        known = {name for k, _ in earlier for name in k.additional}
        if earlier and not new:
            new += [name for name in dict.fromkeys(karyotype.additional) if name not in known]
        if new:
            words = f"{' and '.join(new)} in the karyotype of {finding.on or 'an unknown day'}"
            if not earlier:
                words = f"{words}, {NO_EARLIER}"
            found.append(Change(words, finding.on, input_of(finding)))
    return found


def _seven(karyotype: Karyotype) -> str:
    return next((name for name in karyotype.additional if involves_chromosome_7(name)), "-7/del(7q)")


def _is_complex(karyotype: Karyotype) -> bool | None:
    return True if karyotype.count_at_least >= COMPLEX_FROM else karyotype.is_complex


def _complex(karyotype: Karyotype) -> str:
    others = ", ".join(karyotype.names)
    return f"complex karyotype ({others})" if others else "complex karyotype"


def _is_new(view: View, finding: Finding, earlier: Iterable[bool | None]) -> bool:
    """Whether something that is there was not there in the latest earlier result that tells."""
    told = [each for each in earlier if each is not None]
    return not told[-1] if told else _is_under_treatment(view, finding.on)


def _is_under_treatment(view: View, on: date | None) -> bool:
    """Whether a day lies after the first dose, or may."""
    firsts = view.therapy.first_doses
    return not view.is_start and (on is None or not firsts or on > min(firsts))


def is_mutated(finding: Finding) -> bool:
    """Whether a result of a gene does not deny a mutation."""
    return not _NONE_FOUND.search(finding.value)


def tp53_mutations(facts: PatientFacts) -> list[Finding]:
    """The TP53 results on file that do not deny a mutation."""
    return [f for f in facts.findings.get("tp53", ()) if is_mutated(f)]


def _tp53(view: View) -> list[Change]:
    series = sorted(view.facts.findings.get("tp53", ()), key=lambda f: f.on or date.min)
    return [
        Change(f"TP53 mutation ({finding.on or 'undated'})", finding.on, input_of(finding))
        for index, finding in enumerate(series)
        if is_mutated(finding) and _is_new(view, finding, (is_mutated(f) for f in series[:index]))
    ]


def _risk(view: View) -> list[Change]:
    """A risk group that a clinician recorded as higher than the one before, or with none before it as a higher-risk one."""
    found = []
    for fact, order in RISK_ORDER.items():
        recorded = sorted(view.facts.findings.get(fact, ()), key=lambda f: f.on or date.min)
        for index, finding in enumerate(recorded):
            name = "IPSS-R" if fact == "ipssR" else "IPSS"
            now, before = order.index(finding.value), recorded[index - 1] if index else None
            if before is not None:
                is_new, beside = now > order.index(before.value), f"before {before.value}"
            else:
                is_new, beside = now >= order.index(HIGHER_RISK[fact]), NO_EARLIER
                is_new = is_new and _is_under_treatment(view, finding.on)
            if is_new:
                words = f"{name} {finding.value} ({finding.on or 'undated'}), {beside}"
                found.append(Change(words, finding.on, input_of(finding)))
    return found


def _cancers(view: View) -> tuple[list[Change], list[Change]]:
    """Cancers beside the treated disease, and those of the skin that are no melanoma."""
    own = view.indication.partition("-")[0]
    grave: list[Change] = []
    skin: list[Change] = []
    for diagnosis in view.facts.has_diagnosis("malignancy", SKIN, *(TREATED - {own, "poems"}), active_only=False):
        is_treated = own in diagnosis.concepts or (own not in TREATED and not TREATED.isdisjoint(diagnosis.concepts))
        if not is_treated and LEUKAEMIAS.isdisjoint(diagnosis.concepts):
            (skin if SKIN in diagnosis.concepts else grave).append(_diagnosed(diagnosis))
    return grave, skin
