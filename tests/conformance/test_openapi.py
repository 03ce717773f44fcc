"""Does every route keep to the published OpenAPI document, whatever is sent to it?"""

from __future__ import annotations

import os
import re
import warnings

import pytest
from hypothesis import HealthCheck, Phase, settings
from jsonschema import Draft202012Validator

from cds_service.cdshooks import schema
from cds_service.knowledge.capability import TYPES
from tests.support.application import client as client_of
from tests.support.calls import SIGN, TODAY, due_request, hold_request

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import schemathesis
    from schemathesis.checks import not_a_server_error
    from schemathesis.specs.openapi.checks import (
        content_type_conformance,
        response_schema_conformance,
        status_code_conformance,
    )

APPLICATION = client_of(jurisdiction="US", today=str(TODAY)).application
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]

document = schemathesis.openapi.from_wsgi("/openapi.json", APPLICATION)


PUBLISHED = r"^/fhir/(?!.*\$)"
"""The routes that read what is published: there is nothing to vary but a few parameters."""


def few(examples: int) -> settings:
    return settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        database=None,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )


@document.exclude(path_regex=PUBLISHED).parametrize()
@few(12 if os.environ.get("CI") == "true" else 4)
@pytest.mark.filterwarnings("ignore")
def test_every_route_answers_as_the_document_says(case: schemathesis.Case) -> None:
    case.call_and_validate(checks=CHECKS)


@document.include(path_regex=PUBLISHED).parametrize()
@few(2)
@pytest.mark.filterwarnings("ignore")
def test_what_is_published_is_answered_as_the_document_says(case: schemathesis.Case) -> None:
    case.call_and_validate(checks=CHECKS)


def test_the_document_lists_every_service_with_its_feedback() -> None:
    client = APPLICATION.test_client()
    services = client.get("/cds-services").get_json()["services"]
    paths = client.get("/openapi.json").get_json()["paths"]
    wanted = {f"/cds-services/{one['id']}{end}" for one in services for end in ("", "/feedback")}
    assert {"/cds-services", *wanted} == {path for path in paths if not path.startswith("/fhir/")}


def test_the_document_lists_every_fhir_route() -> None:
    rules = {rule.rule for rule in APPLICATION.url_map.iter_rules() if rule.rule.startswith("/fhir/")}
    paths = APPLICATION.test_client().get("/openapi.json").get_json()["paths"]
    listed = {re.sub(r"<[^<>]*>", "{}", rule) for rule in rules}
    named = {
        re.sub(rf"/({'|'.join(TYPES)})(?=/|$)(?!/(?:\{{id\}}/)?\$)", "/{}", path)
        for path in paths
        if path.startswith("/fhir/")
    }
    assert listed == {path.replace("{id}", "{}") for path in named}


@pytest.mark.parametrize("name", schema.NAMES)
def test_each_schema_is_served_as_it_is_published(name: str) -> None:
    answer = APPLICATION.test_client().get(f"/schemas/{name}.json")
    assert (200, schema.text(name)) == (answer.status_code, answer.text)
    Draft202012Validator.check_schema(answer.get_json())


def test_there_is_no_schema_of_another_name() -> None:
    assert 404 == APPLICATION.test_client().get("/schemas/nothing.json").status_code


@pytest.mark.parametrize("call", [hold_request, due_request])
def test_a_real_answer_keeps_to_the_response_schema(call) -> None:  # type: ignore[no-untyped-def]
    answer = APPLICATION.test_client().post(f"/cds-services/{SIGN}", json=call())
    assert answer.get_json()["cards"]
    assert () == schema.faults("request", call())
    assert () == schema.faults("response", answer.get_json())
