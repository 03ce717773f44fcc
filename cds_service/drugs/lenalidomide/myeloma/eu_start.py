"""A start of myeloma treatment with dexamethasone by the EU SmPC (4.2).

When: a first dose is ordered with dexamethasone in the EU.
Then: counts at which neither a first treatment nor a relapse may begin: do not start. Platelets at which it depends on the
line of treatment and the marrow: asked, no dose. A proteasome inhibitor or an alkylating agent beside it: no dose is on file.
"""

from __future__ import annotations

from cds_service.clinical.facts import Missing
from cds_service.clinical.recommendation import Action, Input, Recommendation, Urgency
from cds_service.drugs.lenalidomide.build import decision
from cds_service.drugs.lenalidomide.counts.eu_start import choice_of_dose, hepatitis_b, must_not_start, open_counts
from cds_service.drugs.lenalidomide.counts.other_regimens import active_medication, eligible
from cds_service.drugs.lenalidomide.course.regimen import Eligibility, StartChecks
from cds_service.drugs.lenalidomide.course.sayings import count_words
from cds_service.drugs.lenalidomide.course.situation import Situation
from cds_service.drugs.lenalidomide.indication import Indication
from cds_service.drugs.lenalidomide.rulebook import RULES

LIMITS = ("EU-MM-START-CNT", "EU-RRMM-START-CNT")
FIRST, RELAPSE = (RULES[rule].data for rule in LIMITS)
# Below these neither line of treatment may begin, whatever the marrow shows.
NEITHER = {
    "anc": min(FIRST["anc_below"], RELAPSE["anc_below"]),
    "platelets": min(FIRST["platelets_below"], RELAPSE["platelets_below_infiltrated"]),
}
EITHER_PLATELETS = max(FIRST["platelets_below"], RELAPSE["platelets_below"])
PARTNERS = ("proteasome-inhibitor", "alkylating-agent")
LEVELS_ALIKE = (
    "The line of treatment was not told; the levels of a first treatment and of a relapse begin at the same dose."
)


def eligible_for_combination(of: Situation, indication: Indication) -> Eligibility:
    """The diagnosis is enough; the card says that the line of treatment is not known."""
    found = eligible(of, indication)
    found.remarks.append(LEVELS_ALIKE)
    return found


def start_checks(of: Situation, _indication: Indication) -> StartChecks:
    """Counts, hepatitis B, partners of the combination, and the choice below 30 mL/min."""
    unknown, positive = hepatitis_b(of)
    blocking = (
        *must_not_start(of, NEITHER, LIMITS),
        *unknown,
        *open_counts(of, NEITHER, LIMITS),
        *_line_decides(of),
        *_partners(of),
        *choice_of_dose(of),
    )
    return StartChecks(blocking, tuple(positive))


def _line_decides(of: Situation) -> list[Recommendation]:
    """Platelets at which one line of treatment may begin and the other may not."""
    found = of.counts["platelets"].decisive
    low = [r for r in found if r.amount.is_below(NEITHER["platelets"]) is False]
    low = [r for r in low if r.amount.is_below(EITHER_PLATELETS) is not False]
    if not low:
        return []
    return [
        decision(
            of.case,
            of.indication,
            Action.REQUEST_DATA,
            Urgency.WARNING,
            LIMITS,
            "start-line-decides",
            words=count_words(low),
            inputs=[Input.of(r) for r in low],
            missing=[
                Missing("regimen", "first treatment or relapse is not told", LIMITS[0]),
                Missing("marrow", "infiltration by plasma cells is not told", LIMITS[1]),
            ],
        )
    ]


def _partners(of: Situation) -> list[Recommendation]:
    """Combinations whose starting dose is not on file."""
    active = active_medication(of.facts, *PARTNERS, on=of.today)
    if not active:
        return []
    names = " and ".join(dict.fromkeys(i.value for i in active))
    return [
        decision(
            of.case,
            of.indication,
            Action.REVIEW,
            Urgency.WARNING,
            (of.regimen.ids.indication,),
            "start-other-combination",
            words={"drug": names[:40]},
            inputs=active,
        )
    ]
