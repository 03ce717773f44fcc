"""Does each layer import only what it may? The contracts between our own packages stand in pyproject.toml (import-linter)."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from cds_service.drugs.catalogue import DRUGS
from tests.architecture.source_tree import PACKAGE, ROOT, imports, modules, name, where

WIRING = {"app", "cli", "commands", "__main__", ""}
"""What puts the parts together may use any package."""

OUTSIDE: dict[str, set[str]] = {
    "cdshooks": {"msgspec", "jsonschema", "referencing"},
    "fhir": {"msgspec"},
    "fhir.model": {"msgspec", "fhir", "pydantic"},
    "fhir.client": {"msgspec", "requests", "pybreaker", "urllib3"},
    "fhir.connections": {"requests", "urllib3"},
    "fhir.breakers": {"pybreaker"},
    "hooks": {"msgspec"},
    "exchange": {"msgspec"},
    "knowledge": {"msgspec"},
    "population": {"msgspec"},
    "population.report_page": {"jinja2", "markupsafe"},
    "population.tables": {"pyarrow"},
    "population.spark": {"pandas", "pyarrow", "pyspark"},
    "store": {"sqlalchemy", "alembic"},
    "synthetic": {"msgspec"},
    "api.server": {"gunicorn", "prometheus_client", "flask", "structlog"},
    "api": {"msgspec", "flask", "werkzeug", "jwt", "requests", "prometheus_client", "structlog", "cryptography"},
    "web.sign_in": {"flask", "werkzeug", "authlib", "joserfc", "requests"},
    "smart": {"flask", "werkzeug", "msgspec", "authlib", "requests", "jwt", "cryptography"},
    "outbound": {"requests"},
    "web": {"flask", "werkzeug", "jinja2", "markupsafe", "msgspec"},
}
"""Third-party packages per layer or module; the longest entry that fits a module counts, and without one none is allowed."""

PLANTED = {
    "clinical/kidney.py": ("cds_service.fhir.decode", "Each layer imports only layers below it"),
    "drugs/contract.py": ("cds_service.errors", "Clinical logic and content know nothing of the service"),
    "store/sink.py": ("cds_service.settings", "What reads, shows or keeps is told its settings"),
    "fhir/words.py": ("cds_service.cdshooks.card", "FHIR is read without CDS Hooks"),
    "cards/render.py": ("cds_service.fhir.observations", "Cards are made of recommendations alone"),
    "web/page.py": ("cds_service.clinical.facts", "HTTP hands calls to the hooks and decides nothing"),
    "clinical/calendar.py": ("cds_service.clinical.therapy", "No package imports in a circle"),
}
"""An import that is not allowed, by the file that it is planted in, and the contract that has to notice."""


def contracts(folder: Path) -> tuple[int, str]:
    """What import-linter says about the package in a folder: how it ended, and its report on one line."""
    program = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True))"
    ended = subprocess.run(
        [sys.executable, "-c", program],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PYTHONPATH": str(folder)},
    )
    return ended.returncode, " ".join((ended.stdout + ended.stderr).split())


def outside_of(module: str) -> set[str]:
    """The third-party packages a module may import."""
    fitting = [key for key in OUTSIDE if module == key or module.startswith(key + ".")]
    return OUTSIDE[max(fitting, key=len)] if fitting else set()


def test_every_contract_between_our_packages_is_kept() -> None:
    code, report = contracts(ROOT)
    assert 0 == code, report


def test_a_planted_import_breaks_its_contract(tmp_path: Path) -> None:
    shutil.copytree(PACKAGE, tmp_path / PACKAGE.name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for file, (imported, _) in PLANTED.items():
        path = tmp_path / PACKAGE.name / file
        path.write_text(f"{path.read_text(encoding='utf-8')}\nimport {imported}\n", encoding="utf-8")
    code, report = contracts(tmp_path)
    assert 1 == code, report
    unnoticed = {
        file: told for file, (_, told) in PLANTED.items() if not re.search(f"{re.escape(told)}[^:]*? BROKEN", report)
    }
    assert {} == unnoticed, report


def test_a_module_imports_only_the_packages_it_may() -> None:
    wrong = [
        f"{where(path, line)} imports {imported}"
        for path in modules()
        if name(path).partition(".")[0] not in WIRING
        for may in [outside_of(name(path)) | {"cds_service"} | sys.stdlib_module_names]
        for line, imported in imports(path)
        if imported.partition(".")[0] not in may
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
    ("module", "package", "expected"),
    [("clinical.kidney", "msgspec", False), ("fhir.model", "pydantic", True), ("fhir.patient", "pydantic", False)],
)
def test_the_rule_on_packages_tells_right_from_wrong(module: str, package: str, expected: bool) -> None:
    assert expected is (package in outside_of(module))


def folders_of_drugs() -> list[str]:
    return [child.name for child in (PACKAGE / "drugs").iterdir() if (child / "__init__.py").exists()]


def test_a_drug_never_imports_another_drug() -> None:
    wrong = [
        f"{where(path, line)} imports {imported}"
        for own in folders_of_drugs()
        for path in modules(f"drugs/{own}")
        for line, imported in imports(path)
        for other in folders_of_drugs()
        if other != own and f"{imported}.".startswith(f"cds_service.drugs.{other}.")
    ]
    assert [] == wrong


def test_nothing_outside_a_drugs_folder_names_it() -> None:
    folders = [PACKAGE / "drugs" / drug for drug in folders_of_drugs()]
    wrong = [
        f"{where(path, line)} imports {imported}"
        for path in modules()
        if not any(folder in path.parents for folder in folders)
        for line, imported in imports(path)
        for folder in folders
        if f"{imported}.".startswith(f"cds_service.drugs.{folder.name}.")
    ]
    assert [] == wrong
