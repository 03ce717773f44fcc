"""Does the hand-checked table hold every result of the public data that names one of its facts, by code or in words?

The search looks at the words and codes of each Observation and of its components, not at what the reader makes of them: a
result that the reader overlooks is found here. What is none of the facts stands below, by its code or by its own name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.data.test_hand_checked import table
from tests.support.public_data import FOLDER, data_folder, files, resources, sets

WORDS = {
    "platelets": r"platelet|thrombo[cz]yt|plaquette|piastrin|plaqueta|\bplt\b|血小板|\b(777-3|26515-7|778-1)\b",
    "anc": r"neutro[pf]|granulo[cz]yt|\banc\b(?!\.)|好中球|\b(751-8|753-4|26499-4)\b",
    "hemoglobin": r"h(a|e|ae|ä|é)?moglobin|\bhgb\b|ヘモグロビン|\b(718-7|30313-1|20509-6|30350-3)\b",
    "creatinine": r"[kc]r[eé]atinin|クレアチニン|\b(2160-0|14682-9|38483-4)\b",
    "weight": r"\bweight\b|gewicht|\bpoids\b|\bpeso\b|体重|\b(29463-7|3141-9)\b",
}
OTHER_TESTS = {
    "neutrophils as a share": {"770-8", "26511-6"},
    "size and width of platelets": {"32207-3", "32623-1"},
    "clotting in platelet-poor plasma": {"14979-9", "6301-6", "63561-5"},
    "hemoglobin A1c": {"4548-4", "17855-8", "17856-6", "59261-8"},
    "hemoglobin of a red cell": {"785-6", "786-4"},
    "oxygen saturation": {"2708-6"},
    "blood in stool": {"12503-9"},
    "creatinine in urine, and its ratio": {"15074-8", "14959-1"},
    "clearance and filtration": {
        *("2164-2", "33914-3", "48642-3", "48643-1", "50381-3", "442407001", "62238-1", "70969-1"),
    },
    "weight for height, gain of weight": {"77606-2", "816161008"},
    "a panel, whose members stand for themselves": {"24360-0", "85353-1"},
}
SINGLY = {
    "ef1a46c2-d329-487d-93a7-66cb94c2fdef": "antibodies against neutrophils",
    "bodyweight-cancelled": "cancelled",
    "postop-hgb-1": "a local code that no site has mapped: counted as unmapped",
    "o3": "its subject is not stated: refused with a remark",
    "6b41959f-96ee-4e49-b225-5cf4a17bc9c1": "the same result stands a second time, and once in the table",
}
"""By id of the resource, looked at one by one."""

Json = dict[str, Any]


def named(resource: Json) -> Iterator[str]:
    """The facts that an Observation, or a component of it, names and that no code of another test explains."""
    parts = [resource, *(c for c in resource.get("component", ()) if isinstance(c, dict))]
    for code in (part.get("code") for part in parts):
        coding = [c for c in (code.get("coding") or () if isinstance(code, dict) else ()) if isinstance(c, dict)]
        codes = {c.get("code") for c in coding}
        words = [code.get("text") if isinstance(code, dict) else code, *(c.get("display") for c in coding), *codes]
        text = " ".join(str(word) for word in words if word).casefold()
        if not any(codes & others for others in OTHER_TESTS.values()):
            yield from (fact for fact, pattern in WORDS.items() if re.search(pattern, text))


def observations(name: str) -> Iterator[tuple[str, Json]]:
    """Every Observation of a set with its file, contained ones too."""
    for path in files(name):
        for resource in resources(path):
            contained = [c for c in resource.get("contained", ()) if isinstance(c, dict)]
            for one in (resource, *contained):
                if one.get("resourceType") == "Observation":
                    yield str(path.relative_to(FOLDER)), one


@pytest.mark.parametrize("name", sets())
def test_every_result_that_names_a_fact_stands_in_the_table_or_is_another_test(name: str) -> None:
    data_folder()
    known = {(row.file, row.resource, row.fact) for row in table().get(name, [])}
    found = {(file, str(one.get("id")), fact) for file, one in observations(name) for fact in named(one)}
    assert [] == sorted(one for one in found - known if one[1] not in SINGLY)
    # What the table holds beyond it the words do not name: nothing.
    assert known <= found


def test_a_result_that_only_its_words_name_is_found() -> None:
    local = {"coding": [{"system": "urn:local", "code": "X"}], "text": "Thrombozyten"}
    assert ["platelets"] == list(named({"code": local}))
    assert ["anc"] == list(named({"code": {"text": "CBC"}, "component": [{"code": {"text": "Neutrophils, absolute"}}]}))
    assert [] == list(named({"code": {"coding": [{"code": "4548-4"}], "text": "Hemoglobin A1c"}}))
