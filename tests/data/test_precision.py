"""Where lenalidomide is not, nothing is said: on every public chart and on made-up ones that hold all but the drug.

An order whose medicine nobody can know is asked about, and those of the public data are listed here.
"""

from __future__ import annotations

import copy
import os
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.support.application import client, is_standing
from tests.support.chart import Chart
from tests.support.ehr import Answer, Ehr, FlaskTransport
from tests.support.judgement import recommendation
from tests.support.other_charts import TODAY, drafted, other_chart
from tests.support.public_data import chart_of, files, resources, sets
from tests.support.resources import Json
from tests.support.search import search

MADE, MADE_SAMPLE, FILES_SAMPLE = 1_000, 20, 1
LAWS = ("US", "EU", "")
# The file, and why nobody can know the medicine of an order in it.
ON_FILE = ("Medication not named", "Medication in doubt")
UNTOLD = {
    "au-core-test-data/au-fhir-test-data-set__au-core__MedicationRequest-reaptan-missing-medication.json": "said to be absent",
    "ecqm-qicore-2024-patients/ControllingHighBloodPressureFHIR__45e01fed-56bb-483d-a860-af3d566bda11__"
    "MedicationRequest-~a8e74d.json": "in no file",
    "eu-mpd-prescriptions/Bundle-300A-multiitem-prescription-with-orchestration.json": "a Medication that no search gives",
    "eu-mpd-prescriptions/MedicationRequest-400C-prescription-cefuroxime-singleline.json": "in another file",
    "fhir-r4-spec-examples/4.0.1__package__Bundle-bundle-example.json": "a Medication that no search gives",
    "mii-medikation/fsh-generated__resources__MedicationRequest-mii-exa-medikation-medication-request-caelyx.json": "in another file",
    "mii-mtb/fsh-generated__resources__MedicationRequest-mii-exa-mtb-therapieempfehlung-dabrafenib.json": "in another file",
    "mii-mtb/fsh-generated__resources__MedicationRequest-mii-exa-mtb-therapieempfehlung-trametinib.json": "in another file",
    "uk-core-examples/examples__UKCore-MedicationRequest-EyeDrops-Example.json": "in another file",
}

pytestmark = pytest.mark.skipif(not is_standing(), reason="the application does not stand yet")


@cache
def ehr(law: str) -> Ehr:
    """A client of the application in demo mode."""
    return Ehr(FlaskTransport(client(jurisdiction=law, today=str(TODAY))), str(TODAY))


def calls(of: Ehr, chart: Chart, drafts: list[Json]) -> Iterator[tuple[str, Answer]]:
    """Every hook on a chart: its orders as drafts, those that its searches give as sent out, its problems as new ones."""
    yield "patient-view", of.call("patient-view", chart)
    if drafts:
        for hook in ("order-select", "order-sign", "medication-refill"):
            yield hook, of.call(hook, chart, copy.deepcopy(drafts))
    sent = [e["resource"] for e in search(f"MedicationRequest?patient={chart.patient_id}", chart).get("entry", ())]
    known = [order for order in sent if isinstance(order.get("id"), str) and "medicationReference" not in order]
    if known:
        yield "order-dispatch", of.call("order-dispatch", chart, known)
    problems = chart.of("Condition")
    if problems:
        yield "problem-list-item-create", of.call("problem-list-item-create", chart, problems)


def said(law: str, chart: Chart, drafts: list[Json]) -> list[str]:
    """What is said though it should not, a line for each card or fault; a question which medicine an order is by its rule."""
    found = []
    for hook, answer in calls(ehr(law), chart, drafts):
        if answer.status != 200:
            found.append(f"{hook}: status {answer.status}")
            continue
        found += [f"{hook}: {recommendation(card)['rules'][0]}: {card['summary']}" for card in answer.cards]
    return found


def is_question(line: str) -> bool:
    """Whether a line is no more than the question which medicine an order of this call is, or one on file."""
    return "GEN-UNSEEN: Which medicine is this order?" in line or is_on_file(line)


def is_on_file(line: str) -> bool:
    """Whether a line asks about an order on file of which nothing says the medicine."""
    return any(re.search(rf"GEN-UNSEEN: {words}(?:[,:] if confirmed| \()", line) for words in ON_FILE)


def loud(paths: list[Path]) -> tuple[list[str], set[str]]:
    """What is said on the charts of some files, and the files with an order whose medicine is asked about."""
    found, asked = [], set()
    for path in paths:
        name, chart = f"{path.parent.name}/{path.name}", chart_of(path)
        drafts = [{**r, "status": "draft"} for r in chart.of("MedicationRequest") if isinstance(r.get("id"), str)]
        lines = said("US", chart, drafts) if chart.resources else []
        asked |= {name for line in lines if is_question(line)}
        found += [f"{name} {line}" for line in lines if not is_question(line)]
    return found, asked


def test_a_sample_of_the_public_charts_is_quiet() -> None:
    paths = [path for name in sets() for path in files(name, FILES_SAMPLE)]
    found, asked = loud(paths)
    assert [] == found
    assert asked <= UNTOLD.keys()


@pytest.mark.slow
@pytest.mark.parametrize("name", sets())
def test_every_public_chart_is_quiet(name: str, pytestconfig: pytest.Config) -> None:
    is_asked_for = "slow" in (pytestconfig.getoption("markexpr") or "") or os.environ.get("CI") == "true"
    if not is_asked_for:
        pytest.skip("the whole data: -m slow, or CI=true")
    found, asked = loud(files(name))
    assert [] == found
    assert asked == {each for each in UNTOLD if each.startswith(f"{name}/")}


@cache
def pool(of_each: int) -> tuple[Json, ...]:
    """Resources of public data, so many files of each set; empty where the data are not here."""
    return tuple(resource for name in sets() for path in files(name, of_each) for resource in resources(path))


def made(seeds: range, of_each: int) -> list[str]:
    """What is said on made-up charts; only a draft of public data may be one whose medicine nothing tells."""
    found = []
    for seed in seeds:
        chart = other_chart(seed, pool(of_each))
        drafts = drafted(chart, seed)
        may_ask = any(draft["id"].startswith("public-") for draft in drafts)
        lines = said(LAWS[seed % len(LAWS)], chart, drafts)
        found += [f"chart {seed} {line}" for line in lines if is_on_file(line) or not (may_ask and is_question(line))]
    return found


def test_a_sample_of_made_up_charts_without_the_drug_is_quiet() -> None:
    assert [] == made(range(MADE_SAMPLE), 1)


@pytest.mark.slow
def test_a_thousand_made_up_charts_without_the_drug_are_quiet() -> None:
    assert [] == made(range(MADE), 40)


def test_a_made_up_chart_with_the_drug_is_not_quiet() -> None:
    chart = other_chart(3, ())
    order = ehr("US").draft(chart, 10, "once daily")
    assert [] != [line for line in said("US", chart, [order]) if not is_question(line)]
