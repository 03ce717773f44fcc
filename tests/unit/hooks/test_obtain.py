"""Which data are asked for, which are not, and when does a call end because they could not be had?"""

import json
import time
from dataclasses import dataclass

import pytest

from cds_service.cdshooks.prefetch import read_answer
from cds_service.errors import DataUnobtainable
from cds_service.fhir.client import FhirClient
from cds_service.fhir.fetch_result import INCOMPLETE, REFUSED, SERVER_ERROR, TIMEOUT
from cds_service.hooks.obtain import NO_CONTEXT, NO_SERVER, obtain
from tests.support.fhir_server import fhir_server


@dataclass(frozen=True)
class Need:
    key: str
    resource: str
    facts: tuple[str, ...] = ()
    required_on: frozenset[str] = frozenset()
    may_be_unsupported: bool = False
    category: str = ""


REQUIRED = Need("platelets", "Observation", (), frozenset({"order-sign"}))
HELPFUL = Need("creatinine", "Observation")
TEMPLATES = {
    "platelets": "Observation?patient={{context.patientId}}&code=777-3",
    "creatinine": "Observation?patient={{context.patientId}}&code=2160-0",
}
CONTEXT = {"patientId": "p1"}
OO = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "forbidden"}]}


def bundle(name, next_url=""):
    links = [{"relation": "next", "url": next_url}] if next_url else []
    entry = [{"resource": {"resourceType": "Observation", "id": name}}]
    return {"resourceType": "Bundle", "type": "searchset", "link": links, "entry": entry}


def ids(resources):
    return [json.loads(bytes(resource))["id"] for resource in resources]


def read(value):
    return read_answer(json.dumps(value).encode())


SENT = {
    "value": lambda origin: {"platelets": read(bundle("sent"))},
    "null": lambda origin: {"platelets": read(None)},
    "empty": lambda origin: {"platelets": read({"resourceType": "Bundle", "type": "searchset", "total": 0})},
    "outcome": lambda origin: {"platelets": read(OO)},
    "paged": lambda origin: {"platelets": read(bundle("sent", f"{origin}/fhir?page=2"))},
    "missing": lambda origin: {},
}
WHOLE = {"value": ["sent"], "null": [], "empty": []}
ANSWERS = {
    "ok": lambda h: h.reply(200, bundle("fetched")),
    "401": lambda h: h.reply(401, OO),
    "403": lambda h: h.reply(403, OO),
    "500": lambda h: h.reply(500, OO),
    "slow": lambda h: time.sleep(0.4),
    "absent": lambda h: h.reply(200, bundle("fetched")),
    "not allowed": lambda h: h.reply(200, bundle("fetched")),
}
REASONS = {
    "401": "401",
    "403": "403",
    "500": SERVER_ERROR,
    "slow": TIMEOUT,
    "absent": NO_SERVER,
    "not allowed": REFUSED,
}


def play(sent, answers, need=REQUIRED, **options):
    """The outcome of one call and how many queries it made."""
    with fhir_server(ANSWERS[answers]) as server:
        origins = [] if answers == "not allowed" else [server.origin]
        fetcher = FhirClient(origins, deadline_seconds=0.3, per_query_seconds=0.15)
        address = None if answers == "absent" else server.origin + "/fhir"
        prefetch = SENT[sent](server.origin)
        if need is HELPFUL:
            prefetch = {key.replace("platelets", "creatinine"): value for key, value in prefetch.items()}
        try:
            result = obtain([need], TEMPLATES, prefetch, CONTEXT, "order-sign", fetcher, address, "t", **options)
        except DataUnobtainable as error:
            result = error
        return result, len(server.seen)


@pytest.mark.row("PD-4")
@pytest.mark.parametrize("answers", ANSWERS)
@pytest.mark.parametrize("sent", WHOLE)
def test_what_was_answered_is_never_asked_again_whatever_the_server_does(sent, answers):
    result, queries = play(sent, answers)
    assert WHOLE[sent] == ids(result.answers["platelets"])
    assert (result.unseen, queries) == ({}, 0)


@pytest.mark.row("PD-5")
@pytest.mark.parametrize("answers", ANSWERS)
def test_an_operation_outcome_is_not_retried_and_ends_the_call(answers):
    result, queries = play("outcome", answers)
    assert isinstance(result, DataUnobtainable)
    assert (next(iter(result.missing)), queries) == ("platelets", 0)
    assert "OperationOutcome" in result.missing["platelets"]


@pytest.mark.row("PD-2", "PD-3", "PD-8", "PT-14")
@pytest.mark.parametrize("answers", ANSWERS)
def test_a_missing_key_is_one_query_and_without_its_data_the_call_ends_with_key_and_cause(answers):
    result, queries = play("missing", answers)
    assert queries == (0 if answers in {"absent", "not allowed"} else 1)
    if answers == "ok":
        assert ids(result.answers["platelets"]) == ["fetched"]
        assert result.unseen == {}
    else:
        assert {"platelets": REASONS[answers]} == result.missing
        assert "'platelets'" in result.places[0][1]


@pytest.mark.row("PD-6")
@pytest.mark.parametrize("answers", ANSWERS)
def test_a_further_page_is_one_query_and_without_it_the_call_ends_as_incomplete(answers):
    result, queries = play("paged", answers)
    assert queries == (0 if answers in {"absent", "not allowed"} else 1)
    if answers == "ok":
        assert ids(result.answers["platelets"]) == ["sent", "fetched"]
        assert result.unseen == {}
    else:
        assert result.missing == {"platelets": INCOMPLETE}


@pytest.mark.parametrize("answers", ["401", "slow", "absent"])
@pytest.mark.parametrize("sent", ["outcome", "paged", "missing"])
def test_a_helpful_key_never_ends_the_call_and_is_said_to_be_unseen(sent, answers):
    result, _ = play(sent, answers, HELPFUL)
    assert list(result.unseen) == ["creatinine"]
    assert (["sent"] if sent == "paged" else []) == ids(result.answers.get("creatinine", ()))


def test_a_first_look_returns_the_reasons_instead_of_ending_the_call():
    result, _ = play("missing", "403", raise_required=False)
    assert result.unseen == {"platelets": "403"}
    assert result.answers == {}


def test_a_need_that_is_required_on_another_hook_does_not_end_this_one():
    with fhir_server(ANSWERS["403"]) as server:
        fetcher = FhirClient([server.origin])
        result = obtain([REQUIRED], TEMPLATES, {}, CONTEXT, "patient-view", fetcher, server.origin, None)
    assert result.unseen == {"platelets": "403"}


@pytest.mark.row("PD-2")
def test_only_the_missing_one_of_two_keys_is_fetched():
    with fhir_server(ANSWERS["ok"]) as server:
        prefetch = {"platelets": read(bundle("sent"))}
        fetcher = FhirClient([server.origin])
        result = obtain([REQUIRED, HELPFUL], TEMPLATES, prefetch, CONTEXT, "order-sign", fetcher, server.origin, None)
    assert [path for _, path, _, _ in server.seen] == ["/Observation?patient=p1&code=2160-0"]
    assert {k: ids(v) for k, v in result.answers.items()} == {"platelets": ["sent"], "creatinine": ["fetched"]}


def test_needs_that_are_not_asked_for_are_neither_fetched_nor_judged():
    with fhir_server(ANSWERS["ok"]) as server:
        result = obtain([], TEMPLATES, {"other": read(OO)}, CONTEXT, "order-sign", FhirClient([]), server.origin, None)
    assert (result.answers, result.unseen, server.seen) == ({}, {}, [])


def test_a_template_that_the_context_cannot_fill_is_unobtainable():
    with pytest.raises(DataUnobtainable) as error:
        obtain([REQUIRED], TEMPLATES, {}, {}, "order-sign", FhirClient([]), "https://ehr.example", None)
    assert error.value.missing == {"platelets": NO_CONTEXT}


def test_a_search_that_counts_more_than_it_brings_is_incomplete():
    short = {**bundle("sent"), "total": 9}
    with pytest.raises(DataUnobtainable) as error:
        obtain([REQUIRED], TEMPLATES, {"platelets": read(short)}, CONTEXT, "order-sign", FhirClient([]), None, None)
    assert error.value.missing == {"platelets": INCOMPLETE}


def test_both_stages_are_joined():
    first, _ = play("value", "ok")
    second, _ = play("missing", "403", HELPFUL)
    both = first.joined(second)
    assert (list(both.answers), both.unseen) == (["platelets"], {"creatinine": "403"})


@pytest.mark.parametrize(("may_be_unsupported", "unseen"), [(True, {}), (False, {"platelets": "404"})])
def test_a_server_without_a_resource_type_holds_none_of_it_only_where_that_may_be(may_be_unsupported, unseen):
    need = Need("platelets", "Observation", may_be_unsupported=may_be_unsupported)
    with fhir_server(lambda h: h.reply(404, OO)) as server:
        found = obtain([need], TEMPLATES, {}, CONTEXT, "order-sign", FhirClient([server.origin]), server.origin, None)
    assert unseen == found.unseen
    assert (("the FHIR server has no search for Observation",) if may_be_unsupported else ()) == found.remarks


@pytest.mark.parametrize("kind", ["Parameters", "List", "Patient", "Foo", "bundle", "Observations"])
def test_a_single_resource_of_another_type_is_never_none_on_record(kind):
    sent = {"platelets": read({"resourceType": kind, "id": "1"}), "creatinine": read({"resourceType": kind})}
    with pytest.raises(DataUnobtainable) as error:
        obtain([REQUIRED, HELPFUL], TEMPLATES, sent, CONTEXT, "order-sign", None, None, None)
    assert error.value.missing == {"platelets": "not what was asked for"}
    seen = obtain([HELPFUL], TEMPLATES, sent, CONTEXT, "order-sign", None, None, None)
    assert seen.unseen == {"creatinine": "not what was asked for"}


def test_a_single_resource_of_the_right_type_is_an_answer_also_under_its_older_name():
    orders = Need("orders", "MedicationRequest", (), frozenset({"order-sign"}))
    for need, kind in ((REQUIRED, "Observation"), (orders, "MedicationRequest"), (orders, "MedicationOrder")):
        sent = {need.key: read({"resourceType": kind, "id": "1"})}
        seen = obtain([need], TEMPLATES, sent, CONTEXT, "order-sign", None, None, None)
        assert (ids(seen.answers[need.key]), seen.unseen) == (["1"], {})


@pytest.mark.parametrize(
    ("server", "link"),
    [
        ("http://127.0.0.1:9/fhir", "http://[20]/"),
        ("http://127.0.0.1:9/fhir", "//["),
        ("http://127.0.0.1:9/fhir", "http://a\u2100b/"),
        ("http://[", "http://127.0.0.1:9/fhir?page=2"),
    ],
)
def test_a_page_whose_address_is_no_url_leaves_what_was_sent_incomplete(server, link):
    sent = {"platelets": read(bundle("sent", link))}
    need = Need("platelets", "Observation")
    result = obtain([need], TEMPLATES, sent, CONTEXT, "order-sign", FhirClient(()), server, None)
    assert (["sent"], INCOMPLETE) == (ids(result.answers["platelets"]), result.unseen["platelets"])
