"""Who can become pregnant under each law, why, on what it rests, and what would settle it?"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from cds_service.clinical.facts import Diagnosis, Event, Finding, Missing, PatientFacts
from cds_service.clinical.recommendation import Input
from cds_service.clinical.therapy import Therapy
from cds_service.dosing.case import Case
from cds_service.dosing.trace import Trace
from cds_service.drugs.lenalidomide.safety.childbearing import Childbearing, Potential, childbearing
from cds_service.drugs.lenalidomide.safety.view import View
from tests.support.facts import HYSTERECTOMY
from tests.support.rules import IN_FORCE

TODAY = date(2026, 1, 15)
RULES = {"US": "US-FRP-DEF", "EU": "EU-WCBP-DEF"}
NO, YES, ASK, ASK_FIRST = Potential.NO, Potential.YES, Potential.ASK, Potential.ASK_FIRST
SURGERY = Input("childbearingPotential", "Hysterectomy", on=date(2010, 3, 1), reference="Procedure/hysterectomy")


def answer(law: str, born: date | None, **more: Any) -> tuple[Childbearing, str]:
    """The answer about a woman, and the outcome in the trace."""
    given = {"born_from": born, "born_to": born, "sex": "female", "patient_reference": "Patient/p1", **more}
    case = Case(PatientFacts(**given), (), "patient-view", TODAY, datetime(2026, 1, 15, 12, tzinfo=UTC), law)
    case = replace(case, rules=IN_FORCE)
    trace = Trace(IN_FORCE)
    found = childbearing(View(case, Therapy(), "mds-del5q", trace, law))
    (said,) = [outcome for outcome in trace.outcomes("") if outcome.rule == RULES[law]]
    assert said.why == found.why
    return found, said.outcome


def condition(concept: str, since: date | None = None, until: date | None = None, text: str = "") -> Diagnosis:
    """A condition with its onset, which may be partial."""
    return Diagnosis(frozenset({concept}), text or concept, False, "Condition/1", since, until or since)


def period(on: date) -> Finding:
    """The last menstrual period."""
    return Finding("lastPeriod", str(on), on, None, "Observation/lmp", effective_from=on)


def menses(on: date | None, value: str = " Regular ") -> Finding:
    """Whether there are periods."""
    return Finding("menses", value, on, None, "Observation/menses")


def since(on: date | None) -> tuple[Input, ...]:
    """The menopause as an input."""
    return (Input("menopause", "menopause", on=on, reference="Condition/1"),)


def gap(reason: str, law: str = "US", fact: str = "childbearingPotential") -> Missing:
    """What would settle it."""
    return Missing(fact, reason, RULES[law])


FORTY, FIFTY, SIXTY = date(1986, 1, 15), date(1976, 1, 15), date(1966, 1, 15)
NOTHING = "no menopause, hysterectomy or oophorectomy on file"
TWO_YEARS, LESS = date(2024, 1, 15), date(2024, 1, 16)
ONE_YEAR = date(2025, 1, 15)


@pytest.mark.parametrize(
    ("law", "born", "facts", "expected", "outcome"),
    [
        ("US", FORTY, {"sex": "male"}, Childbearing(NO, "male"), "not met"),
        (
            "US", FORTY, {"patient_reference": ""},
            Childbearing(NO, "no Patient resource: asked for elsewhere"), "not met",
        ),
        ("US", FORTY, {}, Childbearing(YES, "40 years, nothing on file that rules pregnancy out"), "fired"),
        (
            "US", FORTY, {"events": (Event(frozenset({"tubal-ligation"}), "", None, ""),)},
            Childbearing(YES, "40 years, nothing on file that rules pregnancy out", is_sterilised=True), "fired",
        ),
        (
            "US", date(1976, 1, 16), {},
            Childbearing(YES, "49 years, nothing on file that rules pregnancy out"), "fired",
        ),
        ("US", FIFTY, {}, Childbearing(ASK, f"50 years, {NOTHING}", (), (gap(NOTHING),)), "unknown"),
        (
            "US", FIFTY, {"unseen": {"conditions": "no answer"}},
            Childbearing(ASK, "50 years, no answer", (), (gap("no answer"),)), "unknown",
        ),
        (
            "US", None, {},
            Childbearing(ASK_FIRST, "no usable birth date", (), (gap("no usable birth date", fact="birthDate"),)),
            "unknown",
        ),
        (
            "EU", date(2026, 1, 16), {},
            Childbearing(ASK_FIRST, "no usable birth date", (), (gap("no usable birth date", "EU", "birthDate"),)),
            "unknown",
        ),
        (
            "US", None, {"born_from": date(1975, 12, 1), "born_to": date(1976, 2, 1)},
            Childbearing(
                ASK_FIRST, "the birth date is partial: age 50 or 49", (),
                (gap("partial, and the decision differs between the two ages", fact="birthDate"),),
            ),
            "unknown",
        ),
        (
            "US", None, {"born_from": date(2025, 2, 1), "born_to": date(2027, 2, 1)},
            Childbearing(YES, "0 years, nothing on file that rules pregnancy out"), "fired",
        ),
        (
            "US", FORTY, {"sex": ""},
            Childbearing(
                ASK_FIRST, "sex not recorded; 40 years, nothing on file that rules pregnancy out", (),
                (gap("not recorded as female or male", fact="sex"),),
            ),
            "unknown",
        ),
        (
            "US", SIXTY, {"sex": "other"},
            Childbearing(
                ASK, f"sex not recorded; 60 years, {NOTHING}", (),
                (gap("not recorded as female or male", fact="sex"), gap(NOTHING)),
            ),
            "unknown",
        ),
        ("US", FORTY, {"events": (HYSTERECTOMY,)}, Childbearing(NO, "Hysterectomy", (SURGERY,)), "not met"),
        (
            "US", FORTY, {"events": (HYSTERECTOMY,), "findings": {"menses": (menses(date(2010, 3, 1)), menses(None))}},
            Childbearing(NO, "Hysterectomy", (SURGERY,)), "not met",
        ),
        (
            "US", FORTY,
            {"events": (HYSTERECTOMY,), "findings": {"menses": (menses(date(2010, 3, 2)), menses(TODAY, "none"))}},
            Childbearing(
                ASK_FIRST, "Hysterectomy and periods after it are both on file", (SURGERY,),
                (gap("Hysterectomy and periods after it are both on file"),),
            ),
            "unknown",
        ),
        (
            "EU", FORTY, {"diagnoses": (condition("turner-syndrome"),)},
            Childbearing(
                NO, "turner-syndrome", (Input("childbearingPotential", "turner-syndrome", reference="Condition/1"),)
            ),
            "not met",
        ),
        (
            "US", FORTY, {"diagnoses": (condition("turner-syndrome"),)},
            Childbearing(YES, "40 years, nothing on file that rules pregnancy out"), "fired",
        ),
        (
            "US", SIXTY, {"diagnoses": (condition("menopause", TWO_YEARS),)},
            Childbearing(NO, "60 years, last natural period 2024-01-15", since(TWO_YEARS)), "not met",
        ),
        (
            "US", SIXTY, {"diagnoses": (condition("menopause", LESS),)},
            Childbearing(YES, "60 years, last natural period 2024-01-16, less than 24 months ago", since(LESS)),
            "fired",
        ),
        (
            "EU", SIXTY, {"diagnoses": (condition("menopause", ONE_YEAR),)},
            Childbearing(NO, "60 years, last natural period 2025-01-15", since(ONE_YEAR)), "not met",
        ),
        (
            "US", SIXTY, {"diagnoses": (condition("menopause", TWO_YEARS, LESS),)},
            Childbearing(
                ASK, "60 years, menopause since 2024-01-15 to 2024-01-16", since(TWO_YEARS),
                (gap("menopause since 2024-01-15 to 2024-01-16"),),
            ),
            "unknown",
        ),
        (
            "US", SIXTY, {"diagnoses": (condition("menopause"),)},
            Childbearing(
                ASK, "60 years, menopause since when is not known", since(None),
                (gap("menopause since when is not known"),),
            ),
            "unknown",
        ),
        (
            "US", FORTY, {"diagnoses": (condition("menopause"),)},
            Childbearing(YES, "40 years, menopause since when is not known", since(None)), "fired",
        ),
        (
            "US", FORTY, {"diagnoses": (condition("menopause", TWO_YEARS),)},
            Childbearing(
                ASK_FIRST, "40 years, last natural period 2024-01-15", since(TWO_YEARS),
                (gap("under 50 years with a natural menopause: 40 years, last natural period 2024-01-15"),),
            ),
            "unknown",
        ),
        (
            "EU", FORTY, {"diagnoses": (condition("menopause", LESS),)},
            Childbearing(YES, "40 years, last natural period 2024-01-16", since(LESS)), "fired",
        ),
        (
            "EU", FORTY, {"diagnoses": (condition("menopause", TWO_YEARS),)},
            Childbearing(
                ASK_FIRST, "40 years, last natural period 2024-01-15", since(TWO_YEARS),
                (gap("under 50 years with a natural menopause: 40 years, last natural period 2024-01-15", "EU"),),
            ),
            "unknown",
        ),
        (
            "US", SIXTY,
            {"diagnoses": (condition("menopause", date(2020, 1, 1)),), "findings": {"lastPeriod": (period(LESS),)}},
            Childbearing(
                YES, "60 years, last natural period 2024-01-16, less than 24 months ago",
                (Input("lastPeriod", "2024-01-16", on=LESS, reference="Observation/lmp"),),
            ),
            "fired",
        ),
        (
            "US", SIXTY,
            {"diagnoses": (condition("menopause", TWO_YEARS),), "findings": {"menses": (menses(LESS, "irregular"),)}},
            Childbearing(YES, "60 years, periods recorded on 2024-01-16", since(TWO_YEARS)), "fired",
        ),
        (
            "US", SIXTY,
            {"diagnoses": (condition("menopause", TWO_YEARS),), "findings": {"menses": (menses(TWO_YEARS),)}},
            Childbearing(NO, "60 years, last natural period 2024-01-15", since(TWO_YEARS)), "not met",
        ),
        (
            "EU", FORTY, {"diagnoses": (condition("premature-menopause", None, None, "POF, seen by Gynäkologie"),)},
            Childbearing(
                NO, "POF, seen by Gynäkologie, confirmed by a gynaecologist",
                (Input("childbearingPotential", "POF, seen by Gynäkologie", reference="Condition/1"),),
            ),
            "not met",
        ),
        (
            "EU", FORTY, {"diagnoses": (condition("premature-menopause"),)},
            Childbearing(
                ASK_FIRST, "premature ovarian failure: confirmed by a gynaecologist?",
                (Input("childbearingPotential", "premature-menopause", reference="Condition/1"),),
                (gap("premature ovarian failure: confirmed by a gynaecologist?", "EU"),),
            ),
            "unknown",
        ),
        (
            "US", FORTY, {"diagnoses": (condition("premature-menopause"), condition("menopause", TWO_YEARS))},
            Childbearing(YES, "40 years, nothing on file that rules pregnancy out"), "fired",
        ),
    ],
)  # fmt: skip
def test_the_definition_of_each_law_is_kept(
    law: str, born: date | None, facts: dict[str, Any], expected: Childbearing, outcome: str
) -> None:
    assert (expected, outcome) == answer(law, born, **facts)
