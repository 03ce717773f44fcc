"""Does each layer import only what the table of the architecture allows?"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from cds_service.drugs.catalogue import DRUGS
from tests.architecture.source_tree import PACKAGE, imports, modules, name, where

INSIDE: dict[str, set[str]] = {
    "clinical": set(),
    "cdshooks": {"errors"},
    "dosing": {"clinical"},
    "drugs": {"dosing", "clinical"},
    "labels": {"clinical"},
    "fhir": {"clinical", "errors"},
    "cards": {"clinical", "cdshooks", "fhir.model", "fhir.dosage_write", "fhir.decode", "fhir.terminology"},
    "hooks": {"clinical", "dosing", "cdshooks", "fhir", "drugs", "cards", "store", "errors", "settings"},
    "store": {"cdshooks", "clinical", "errors"},
    "population": {"hooks", "fhir", "errors"},
    "api": {"hooks", "cdshooks", "store", "fhir", "web", "errors", "settings", "version"},
    "web": {"hooks", "cdshooks", "store", "fhir", "errors", "settings", "version"},
    "settings": {"errors", "settings_reader"},
    "settings_reader": {"errors"},
    "errors": set(),
    "version": set(),
}
"""Who may import whom; a layer may import itself. `app`, `cli` and `commands` wire everything and may import anything."""

WIRING = {"app", "cli", "commands", "__main__", ""}

OUTSIDE: dict[str, set[str]] = {
    "cdshooks": {"msgspec", "jsonschema", "referencing"},
    "fhir": {"msgspec"},
    "fhir.model": {"msgspec", "fhir", "pydantic"},
    "fhir.client": {"msgspec", "requests", "pybreaker", "urllib3"},
    "fhir.connections": {"requests", "urllib3"},
    "fhir.breakers": {"pybreaker"},
    "hooks": {"msgspec"},
    "store": {"sqlalchemy", "alembic"},
    "population": {"pyspark"},
    "api.server": {"gunicorn", "prometheus_client", "flask", "structlog"},
    "api": {"msgspec", "flask", "werkzeug", "jwt", "requests", "prometheus_client", "structlog", "cryptography"},
    "web": {"flask", "werkzeug", "jinja2", "markupsafe"},
}
"""Third-party packages per layer or module; the longest entry that fits a module counts."""


def layer(module: str) -> str:
    """The layer of a module name below the package."""
    return module.partition(".")[0]


def is_allowed(importer: str, imported: str) -> bool:
    """Whether a module of ours may import another one of ours (both below the package, dotted)."""
    own = layer(importer)
    if own in WIRING or layer(imported) == own or not imported:
        return True
    return any(imported == one or imported.startswith(one + ".") for one in INSIDE[own])


def outside_of(module: str) -> set[str]:
    """The third-party packages a module may import."""
    fitting = [key for key in OUTSIDE if module == key or module.startswith(key + ".")]
    return OUTSIDE[max(fitting, key=len)] if fitting else set()


@pytest.mark.parametrize("path", modules(), ids=name)
def test_a_module_imports_only_the_layers_it_may(path: Path) -> None:
    wrong = []
    for line, imported in imports(path):
        below = imported.removeprefix("cds_service").removeprefix(".")
        if imported.partition(".")[0] == "cds_service" and not is_allowed(name(path), below):
            wrong.append(f"{where(path, line)} imports {imported}")
    assert [] == wrong


@pytest.mark.parametrize("path", [p for p in modules() if layer(name(p)) not in WIRING], ids=name)
def test_a_module_imports_only_the_packages_it_may(path: Path) -> None:
    allowed = outside_of(name(path)) | {"cds_service"}
    wrong = [
        f"{where(path, line)} imports {imported}"
        for line, imported in imports(path)
        if imported.partition(".")[0] not in allowed | sys.stdlib_module_names
    ]
    assert [] == wrong


def test_every_room_of_the_package_has_its_row_in_the_table() -> None:
    rooms = {layer(name(path)) for path in modules()}
    assert set() == rooms - set(INSIDE) - WIRING


def test_a_drug_never_imports_another_drug() -> None:
    wrong = []
    for path in modules("drugs"):
        own = name(path).split(".")[1:2]
        for line, imported in imports(path):
            parts = imported.split(".")
            is_folder = len(parts) > 2 and (PACKAGE / "drugs" / parts[2]).is_dir()
            if imported.startswith("cds_service.drugs.") and is_folder and parts[2:3] != own and len(own) == 1:
                wrong.append(where(path, line))
    assert [] == [place for place in wrong if "drugs/__init__.py" not in place]


def test_nothing_above_the_drugs_names_one() -> None:
    folders = [child.name for child in (PACKAGE / "drugs").iterdir() if (child / "__init__.py").exists()]
    above = modules("fhir", "cards", "hooks", "cdshooks", "clinical", "dosing", "store", "api")
    wrong = [
        f"{where(path, line)} imports {imported}"
        for path in above
        for line, imported in imports(path)
        if any(imported.startswith(f"cds_service.drugs.{folder}") for folder in folders)
    ]
    assert [] == wrong


def test_the_engine_names_no_rule_of_a_document() -> None:
    ids = re.compile(r"\b(?:US|EU|GEN|GL|S\d)-[A-Z0-9]")
    known = {rule_id for drug in DRUGS for rules in drug.rulebook.every for rule_id in rules.by_id}
    wrong = [
        where(path, number)
        for path in modules("dosing")
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if ids.search(line) or any(f'"{rule_id}"' in line for rule_id in known)
    ]
    assert [] == wrong


def test_the_engine_names_no_drug() -> None:
    names = {name for drug in DRUGS for name in (drug.name, *drug.names, *drug.relatives)}
    wrong = [
        f"{where(path, number)}: {name}"
        for path in modules("dosing")
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        for name in names
        if name in line.casefold()
    ]
    assert [] == wrong


@pytest.mark.parametrize(
    ("importer", "imported", "expected"),
    [
        ("clinical.kidney", "fhir.decode", False),
        ("cards.render", "fhir.model.check", True),
        ("cards.render", "fhir.observations", False),
        ("drugs.contract", "clinical.facts", True),
        ("drugs.contract", "dosing.case", True),
        ("dosing.case", "drugs.contract", False),
        ("dosing.case", "fhir.decode", False),
        ("cdshooks.card", "clinical.facts", False),
        ("app", "store.records", True),
    ],
)
def test_the_rule_itself_tells_right_from_wrong(importer: str, imported: str, expected: bool) -> None:
    assert expected == is_allowed(importer, imported)
