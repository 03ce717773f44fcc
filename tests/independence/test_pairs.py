"""Every check speaks beside every other one that can stand with it, or the row of precedence that hides one is named here.

For each pair a chart is looked for on which both decide: a course of `chart_courses` with the parts of each check on it. What
cannot stand together stands in `APART` with the reason; where one is always hidden, `HIDDEN` names the row that does it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from itertools import combinations, product

import pytest

from cds_service.clinical.exposure import Dose
from cds_service.clinical.recommendation import Recommendation
from cds_service.dosing.case import Case
from cds_service.dosing.check import decisions
from cds_service.dosing.precedence import Effect, Precedence, Which
from cds_service.dosing.trace import Trace
from cds_service.drugs.lenalidomide import DRUG
from cds_service.drugs.lenalidomide.checks import every_check
from cds_service.drugs.lenalidomide.patient import view_of
from cds_service.drugs.lenalidomide.precedence import TABLE
from tests.independence.charts import PARTS, after_the_end, fails
from tests.support.facts import draft
from tests.unit.drugs.chart_courses import chart, fixed, readings

AGAIN, TAKEN, LATE, ENDED = "MDS ordered again", "MDS taken", "MDS late", "after the end"
START = "MDS start"
LOW, UNKNOWN = "MDS ordered when low", "unknown disease ordered again"
TREATED = (AGAIN, LATE, LOW, UNKNOWN, "myeloma ordered again", TAKEN, "MDS taken, low", "myeloma taken")
STARTED = (START, "myeloma start")
ANY = (*TREATED, *STARTED)
LAWS = ("US", "EU")
ANY_LAW = (*LAWS, "")


@dataclass(frozen=True)
class Speaks:
    """What makes a check speak: parts of a chart beside the course, on which courses, under which laws ("": not configured)."""

    parts: tuple[str, ...]
    courses: tuple[str, ...] = ANY
    laws: tuple[str, ...] = LAWS


# A second draft of the call, above every table.
MORE = "another draft of more"
# A thyroid test that has been due for ten days, and one outside its limits.
DUE, HIGH = "a TSH of 100 days ago", "a high TSH"
MUCH = replace(draft(Dose(Decimal(40))), reference="MedicationRequest/more")
FEW = "platelets at which one regimen may begin and another may not"
OWN = {
    **PARTS,
    MORE: fixed(MUCH),
    FEW: readings(("platelets", 40_000, 0)),
    DUE: readings(("tsh", "2", -100)),
    HIGH: readings(("tsh", "9", -3), upper_limit=Fraction(4)),
}
SPEAKERS: dict[str, tuple[Speaks, ...]] = {
    "acute-leukaemia": (Speaks(("leukaemia",), laws=ANY_LAW),),
    "after-stop": (Speaks((), (ENDED,)),),
    "bleeding": (Speaks(("a gastrointestinal bleed",), laws=ANY_LAW),),
    "blood-thinners": (Speaks(("aspirin",), (LOW,), ANY_LAW), Speaks(("aspirin", "very low platelets"), laws=ANY_LAW)),
    "checkpoint-antibodies": (
        Speaks(("pembrolizumab",), ("myeloma ordered again", "myeloma start"), ANY_LAW),
        Speaks(("pembrolizumab", "myeloma too"), (AGAIN, START, LATE)),
    ),
    "counts": (Speaks((), (LOW,), ANY_LAW), Speaks(("very low platelets",), TREATED)),
    "dose": (Speaks(("slow kidneys",), STARTED), Speaks((MORE,))),
    "duration": (Speaks((), (LATE, "MDS late, ordered again"), ("EU",)),),
    "fever": (Speaks(("fever", "neutrophils low for a week"), TREATED, ANY_LAW), Speaks(("fever",), (LOW,), ANY_LAW)),
    "genetics": (Speaks(("a TP53 mutation",), (START,), ANY_LAW),),
    "indication": (
        Speaks((), (UNKNOWN, "unknown disease start"), ANY_LAW),
        Speaks(("chronic lymphocytic leukaemia",), (START, AGAIN)),
        Speaks(("myeloma too",), (START, AGAIN, LATE)),
    ),
    "interactions": (Speaks(("epoetin",), laws=ANY_LAW),),
    "jurisdiction": (Speaks((), laws=("",)),),
    "kidneys": (Speaks(("very slow kidneys",), TREATED), Speaks(("old creatinine",), TREATED)),
    "lactose": (Speaks(("galactose intolerance",), laws=ANY_LAW), Speaks(("lactose intolerance",), STARTED)),
    "liver": (Speaks(("liver enzymes high",), TREATED, ANY_LAW),),
    "men": (Speaks(("a man",), STARTED, ANY_LAW),),
    "monitoring": (Speaks(("a preliminary fall",), TREATED),),
    "obtaining": (Speaks(("no patient",), laws=ANY_LAW), Speaks(("orders that name another patient",), (*ANY, ENDED))),
    "orders": (Speaks(("orders that could not be read",), laws=ANY_LAW),),
    "person": (Speaks(("a patient who died",), (AGAIN, *STARTED, LOW, UNKNOWN), ANY_LAW),),
    "pml": (Speaks(("PML",), laws=ANY_LAW), Speaks(("PML suspected",), laws=ANY_LAW)),
    "pregnancy": (Speaks(("pregnant",), laws=ANY_LAW),),
    "pregnancy-prevention": (
        Speaks(("a young woman",), laws=ANY_LAW),
        Speaks(("a woman of 55",)),
        Speaks(("a young woman", "two methods since lately", "a negative test today"), STARTED, ANY_LAW),
    ),
    "progression": (Speaks(("breast cancer",), laws=ANY_LAW), Speaks(("a complex karyotype",), TREATED)),
    "reactions": (Speaks(("angioedema",), laws=ANY_LAW), Speaks(("a pomalidomide allergy",), STARTED)),
    "reminders": (Speaks((DUE,), (LATE, TAKEN, "MDS taken, low", "myeloma taken", *STARTED), ANY_LAW),),
    "response": (Speaks((), (LATE,), ANY_LAW),),
    "hepatitis-b": (Speaks(("hepatitis B antigen",), laws=ANY_LAW),),
    "renal-maximum": (
        Speaks(("kidneys not to be seen",), (UNKNOWN, "unknown disease start")),
        Speaks(("very slow kidneys",), (UNKNOWN, "unknown disease start")),
        Speaks(("very slow kidneys", "myeloma too"), (AGAIN, START)),
        Speaks(("kidneys not to be seen", "myeloma too"), (AGAIN, START)),
    ),
    "regimen": (Speaks(("prednisone and melphalan",), ("myeloma start", "myeloma ordered again"), ("EU",)),),
    "start": (Speaks(("refused platelets",), STARTED), Speaks((FEW,), ("myeloma start",), ("EU",))),
    "results": (Speaks((HIGH,), laws=ANY_LAW), Speaks(("ferritin", "regular transfusions"), laws=ANY_LAW)),
    "supply": (
        Speaks(("a long supply with refills",), (AGAIN, *STARTED, LOW, UNKNOWN), ANY_LAW),
        Speaks(("a supply that is not told",), (AGAIN, START, "MDS late, ordered again", "myeloma ordered again")),
    ),
    "thrombosis": (Speaks(("thrombosis",), laws=ANY_LAW),),
    "toxicity": (
        Speaks(("a stage in words",), TREATED, ANY_LAW),
        Speaks(("an adverse event that names the drug",), TREATED),
    ),
}
"""Parts that make each check speak."""


def charts_of(first: str, second: str) -> Iterator[Case]:
    """Charts on which both may speak."""
    for one, other in product(SPEAKERS[first], SPEAKERS[second]):
        parts = tuple(dict.fromkeys((*one.parts, *other.parts)))
        for course, law in product(one.courses, one.laws):
            if course in other.courses and law in other.laws:
                yield DRUG.with_rules(_case(course, parts, law))


def _case(course: str, parts: tuple[str, ...], law: str) -> Case:
    if course != ENDED:
        return chart(course, [OWN[part] for part in parts], law)
    case = after_the_end(200)
    unseen = {given[1]: "the server did not answer" for part in parts for given in OWN[part](0)}
    return replace(case, facts=replace(case.facts, unseen=unseen))


NAMES = sorted(SPEAKERS)
PAIRS = list(combinations(NAMES, 2))


def pairs(first: Iterable[str], others: Iterable[str]) -> frozenset[tuple[str, str]]:
    """The pairs of some checks with others, as `PAIRS` has them."""
    return frozenset((min(pair), max(pair)) for pair in product(first, others) if len(set(pair)) > 1)


BEFORE = ("genetics", "men")
UNDER = ("counts", "duration", "fever", "kidneys", "liver", "monitoring", "response", "toxicity")
NO_LAW_NEEDED = (
    *("acute-leukaemia", "bleeding", "counts", "fever", "liver", "obtaining", "orders", "pml", "pregnancy"),
    *("person", "pregnancy-prevention", "reactions", "toxicity"),
)
APART: dict[str, frozenset[tuple[str, str]]] = {
    "the one speaks after the end of treatment, the other of an order or of treatment": pairs(
        ["after-stop"], set(NAMES) - {"obtaining"}
    ),
    "without a jurisdiction stands what both laws come to: stops, holds, emergencies; this check never comes to one in both": (
        pairs(["jurisdiction"], set(NAMES) - {*NO_LAW_NEEDED, "after-stop"})
    ),
    "the one speaks before the first dose, the other under treatment": pairs((*BEFORE, "start"), UNDER),
    "the one goes by the rows of a disease, the other speaks where no document has any for it": pairs(
        ["dose", "duration", "kidneys", "monitoring", "regimen", "start"], ["indication", "renal-maximum"]
    ),
    "MDS goes by one regimen": pairs(["regimen"], ["duration", "genetics", "response"]),
    "the one is about a man, the other about a woman": pairs(["men"], ["pregnancy-prevention"]),
    "the one speaks on an opened chart, the other of an order": pairs(
        ["response"], ["dose", "person", "renal-maximum", "supply"]
    )
    | pairs(["duration"], ["person"]),
    "which of two diseases is meant is asked with an order, response is judged on an opened chart": pairs(
        ["indication"], ["response"]
    ),
}
"""Pairs that cannot stand together, by the reason."""

DOSE = "Beside a stop nothing is asked that only a dose would need."
HELD = "Beside a hold or a stop no dose is spoken of."
THINNERS = "Beside a major bleed the blood thinners are on its own card."
REST = "Beside a stop other medicines, the supply and tests that are due are no longer the question."
PREVENTED = "A pregnancy leaves no question on its prevention."
SAID = "What could not be obtained is said on whatever warning there is; alone it has a card of its own."
ONE_REGIMEN = "Which regimen it is, is asked once, with the count for which it matters."
FOLDS = "beside an order what folds is said under another decision, and there is none"
OF_THE_ORDER = (
    "blood-thinners",
    "genetics",
    "interactions",
    "men",
    "reminders",
    "response",
    "results",
    "supply",
)
HIDDEN: dict[str, frozenset[tuple[str, str]]] = {
    REST: pairs(["pregnancy"], OF_THE_ORDER)
    | pairs(BEFORE, ["acute-leukaemia", "bleeding", "pml"])
    | pairs(["reactions"], ["response"]),
    DOSE: pairs(["pregnancy"], ["duration", "obtaining", "regimen", "start"])
    | pairs(["start"], ["acute-leukaemia", "bleeding", "pml"])
    | pairs(["duration"], ["reactions"]),
    ONE_REGIMEN: pairs(["regimen"], ["start"]),
    PREVENTED: pairs(["pregnancy"], ["pregnancy-prevention"]),
    SAID: pairs(["obtaining"], ["pregnancy"]),
    THINNERS: pairs(["bleeding"], ["blood-thinners"]),
    HELD: pairs(["renal-maximum"], ["acute-leukaemia", "bleeding", "liver", "pml", "pregnancy", "toxicity"]),
}
"""Pairs of which one is hidden on every chart, by the row of precedence that hides it; a check may speak in two ways."""


def found_on(case: Case) -> list[Recommendation]:
    """What all checks decide about a chart, before any precedence."""
    return decisions(every_check(), view_of(replace(case, facts=replace(case.facts)), Trace(case.rules)), fails)


def hidden_by(which: Recommendation, found: Sequence[Recommendation]) -> set[str]:
    """Why a decision is hidden among others: the rows of precedence that hide it."""
    return {
        row.why
        for row in TABLE
        if row.effect in (Effect.HIDE, Effect.WITHHOLD_DOSE)
        and any(each.matches(which) for each in row.weaker)
        and any(row.stronger.matches(other) for other in found if other is not which)
    }


@dataclass(frozen=True)
class Met:
    """What becomes of a pair on the charts on which both decide.

    `together`: whether both are said on one of them; `hidden`: for each other chart the rows that hide one.
    """

    together: bool
    hidden: tuple[frozenset[str], ...]


def met(pair: tuple[str, str]) -> Met:
    """The charts of a pair, up to the first one on which both are said."""
    of_pair, hidden = set(pair), []
    for case in charts_of(*pair):
        found = found_on(case)
        if not of_pair <= {each.check for each in found}:
            continue
        said = {each.check for each in DRUG.assess(case).recommendations}
        if of_pair <= said:
            return Met(True, tuple(hidden))
        here = {why for r in found if r.check in of_pair - said for why in hidden_by(r, found)}
        left = [r for r in found if not hidden_by(r, found)]
        hidden.append(frozenset(here or ({FOLDS} if case.orders and all(r.folds for r in left) else ())))
    return Met(False, tuple(hidden))


def of(table: dict[str, frozenset[tuple[str, str]]], pair: tuple[str, str]) -> set[str]:
    """The reasons of a table that name a pair."""
    return {why for why, named in table.items() if pair in named}


@pytest.mark.sampled(every=4)
@pytest.mark.parametrize("pair", PAIRS, ids="-and-".join)
def test_two_checks_speak_together_or_the_table_says_why_not(pair: tuple[str, str]) -> None:
    what = met(pair)
    apart, hidden = of(APART, pair), of(HIDDEN, pair)
    assert what.together is not bool(apart or hidden)
    assert bool(apart) is not (what.together or bool(what.hidden))
    assert frozenset() not in what.hidden, "one is hidden, and by no row of precedence"
    assert [] == [rows for rows in what.hidden if hidden and not rows & hidden]


def test_the_tables_name_every_check_and_every_row() -> None:
    assert NAMES == sorted(check.name for check in every_check())
    assert HIDDEN.keys() <= {row.why for row in TABLE}
    named = [pair for table in (APART, HIDDEN) for pairs_of in table.values() for pair in pairs_of]
    assert set(named) <= set(PAIRS)


def test_a_pair_that_a_row_hides_without_being_named_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    row = Precedence("planted", Which(checks=frozenset({"liver"})), (Which(checks=frozenset({"thrombosis"})),))
    monkeypatch.setattr("cds_service.drugs.lenalidomide.assess.TABLE", (*TABLE, row))
    monkeypatch.setattr(f"{__name__}.TABLE", (*TABLE, row))
    what = met(("liver", "thrombosis"))
    assert not what.together
    assert {frozenset({"planted"})} == set(what.hidden)
