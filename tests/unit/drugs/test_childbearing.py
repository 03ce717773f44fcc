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
from cds_service.drugs.lenalidomide.indication import indication_of
from cds_service.drugs.lenalidomide.safety.childbearing import Childbearing, Potential, childbearing
from cds_service.drugs.lenalidomide.safety.view import View
from tests.support.facts import HYSTERECTOMY
from tests.support.rules import IN_FORCE

TODAY = date(2026, 1, 15)
RULES = {"US": "US-FRP-DEF", "EU": "EU-WCBP-DEF"}
NO, TELL, YES = Potential.NO, Potential.TELL, Potential.YES
ASK, ASK_FIRST = Potential.ASK, Potential.ASK_FIRST
SURGERY = Input("childbearingPotential", "Hysterectomy", on=date(2010, 3, 1), reference="Procedure/hysterectomy")


def answer(law: str, born: date | None, setting: int | None = None, **more: Any) -> tuple[Childbearing, str]:
    """The answer about a woman, and the outcome in the trace."""
    given = {"born_from": born, "born_to": born, "sex": "female", "patient_reference": "Patient/p1", **more}
    case = Case(PatientFacts(**given), (), "patient-view", TODAY, datetime(2026, 1, 15, 12, tzinfo=UTC), law)
    case = replace(case, rules=IN_FORCE, menopause_age=setting)
    trace = Trace(IN_FORCE)
    found = childbearing(View(case, "mds-del5q", Therapy(), trace, law, indication_of(case.facts)))
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
            "US", FIFTY, {"sex": "other"},
            Childbearing(
                ASK, f"sex not recorded; 50 years, {NOTHING}", (),
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
            Childbearing(NO, "60 years, menopause since 2024-01-15 to 2024-01-16", since(TWO_YEARS)), "not met",
        ),
        (
            "US", SIXTY, {"diagnoses": (condition("menopause"),)},
            Childbearing(NO, "60 years, menopause since when is not known", since(None)), "not met",
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


BY_LAW = ("US", "EU")
AGES = {age: date(2026 - age, 1, 15) for age in (49, 50, 54, 55, 59, 60, 75)}


@pytest.mark.parametrize("law", BY_LAW)
@pytest.mark.parametrize(
    ("age", "expected"), [(49, YES), (50, ASK), (54, ASK), (55, TELL), (59, TELL), (60, NO), (75, NO)]
)
def test_without_data_the_age_decides(law: str, age: int, expected: Potential) -> None:
    assert expected is answer(law, AGES[age])[0].potential


@pytest.mark.parametrize("law", BY_LAW)
@pytest.mark.parametrize(
    ("setting", "age", "expected"),
    [(58, 59, NO), (58, 55, TELL), (40, 54, ASK), (40, 55, NO), (70, 60, TELL), (70, 75, NO)],
)
def test_a_site_may_set_the_age_from_which_it_is_not_asked(
    law: str, setting: int, age: int, expected: Potential
) -> None:
    assert expected is answer(law, AGES[age], setting=setting)[0].potential


@pytest.mark.parametrize(
    ("born_from", "born_to", "expected"),
    [
        (AGES[60], date(1966, 12, 31), TELL),
        (AGES[55], date(1971, 12, 31), ASK),
        (AGES[75], date(1951, 12, 31), NO),
    ],
)
def test_of_two_ages_without_data_the_younger_one_counts(born_from: date, born_to: date, expected: Potential) -> None:
    assert expected is answer("US", None, born_from=born_from, born_to=born_to)[0].potential


def method(text: str, on: date, *marks: str) -> Finding:
    """A recorded contraceptive method."""
    return Finding("contraception", text, on, None, "Observation/c", frozenset(marks), effective_from=on)


@pytest.mark.parametrize("law", BY_LAW)
@pytest.mark.parametrize("age", [55, 60, 75])
@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"findings": {"menses": (menses(TWO_YEARS, "irregular"),)}}, True),
        ({"findings": {"menses": (menses(date(2024, 1, 14), "irregular"),)}}, False),
        ({"findings": {"menses": (menses(TODAY, "none"),)}}, False),
        ({"findings": {"contraception": (method("implant", TWO_YEARS, "as-of"),)}}, True),
        ({"findings": {"contraception": (method("implant", date(2024, 1, 14), "as-of"),)}}, False),
        ({"findings": {"contraception": (method("implant", date(2020, 1, 1)),)}}, True),
        ({"findings": {"contraception": (method("none", TODAY, "as-of"),)}}, False),
        ({"findings": {"contraception": (method("not applicable, postmenopausal", TODAY, "as-of"),)}}, False),
        ({"diagnoses": (condition("pregnancy-ended", TWO_YEARS),)}, True),
        ({"diagnoses": (condition("pregnancy-ended", date(2024, 1, 14)),)}, False),
    ],
)
def test_menses_contraception_or_a_pregnancy_mean_potential_at_any_age(
    law: str, age: int, facts: dict[str, Any], expected: bool
) -> None:
    assert expected is (answer(law, AGES[age], **facts)[0].potential is YES)


@pytest.mark.parametrize("law", BY_LAW)
def test_a_pregnancy_beside_a_natural_menopause_is_asked_about_and_contraception_is_not(law: str) -> None:
    menopause = condition("menopause", date(2010, 1, 1))
    contraception = {"contraception": (method("implant", TODAY, "as-of"),)}
    for facts, expected in (
        ({"diagnoses": (menopause, condition("pregnancy-ended", TWO_YEARS))}, ASK_FIRST),
        ({"diagnoses": (menopause,), "findings": contraception}, NO),
    ):
        assert expected is answer(law, AGES[60], **facts)[0].potential


@pytest.mark.parametrize(
    ("law", "concept", "text", "expected"),
    [
        ("EU", "menopause", "amenorrhoea after chemotherapy", ASK),
        ("EU", "menopause", "amenorrhoea in lactation", ASK),
        ("EU", "premature-menopause", "after pelvic radiotherapy, seen by gynaecologist", ASK),
        ("EU", "menopause", "natural menopause", NO),
        ("US", "menopause", "chemotherapy-induced menopause", ASK),
    ],
)
def test_amenorrhoea_after_cancer_therapy_or_in_lactation_settles_nothing(
    law: str, concept: str, text: str, expected: Potential
) -> None:
    known = condition(concept, date(2015, 1, 1), text=text)
    assert expected is answer(law, AGES[54], diagnoses=(known,))[0].potential


@pytest.mark.parametrize(("recorded", "expected"), [(TWO_YEARS, NO), (LESS, ASK)])
def test_a_menopause_without_an_onset_lasts_since_it_was_recorded(recorded: date, expected: Potential) -> None:
    known = Diagnosis(frozenset({"menopause"}), "menopause", True, "Condition/1", None, None, recorded)
    assert expected is answer("US", AGES[54], diagnoses=(known,))[0].potential
