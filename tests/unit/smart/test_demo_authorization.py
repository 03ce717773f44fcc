"""Does the authorization server of the demonstration keep to the standard, and to this machine?"""

from __future__ import annotations

import base64
import hashlib
from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient

from cds_service.api import demo_authorization
from cds_service.app import create_app
from cds_service.settings import Settings

VERIFIER = "v" * 50
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
ASKED = {
    "client_id": "demo",
    "redirect_uri": "http://localhost/smart/callback",
    "code_challenge": CHALLENGE,
    "code_challenge_method": "S256",
    "state": "s",
}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    folder = str(tmp_path_factory.mktemp("demo"))
    app = create_app(Settings.from_environment({"CDS_MODE": "demo", "CDS_DATA_DIR": folder}))
    app.register_blueprint(demo_authorization.blueprint({"p-1": "A made-up hold.", "p-2": ""}))
    return app.test_client()


def context(client: FlaskClient, patient: object = "p-1") -> str:
    """A launch context, as the Sandbox asks for one."""
    sent = {"launchUrl": "http://localhost/smart/launch", "parameters": {"patient": patient, "appContext": "x"}}
    return str(client.post("/demo/fhir/_services/smart/Launch", json=sent).get_json().get("launch_id", ""))


def code(client: FlaskClient, **more: str) -> str:
    answer = client.get("/demo/auth/authorize", query_string={**ASKED, "launch": context(client), **more})
    return parse_qs(urlsplit(answer.location).query)["code"][0]


def token(client: FlaskClient, given: str, **more: str) -> dict[str, object]:
    form = {
        "grant_type": "authorization_code",
        "code": given,
        "code_verifier": VERIFIER,
        "client_id": "demo",
        "redirect_uri": ASKED["redirect_uri"],
        **more,
    }
    found: dict[str, object] = client.post("/demo/auth/token", data=form).get_json()
    return found


def test_a_code_gives_one_token_for_the_patient_of_the_launch(client: FlaskClient) -> None:
    given = code(client)
    found = token(client, given)
    assert ("p-1", "x", "Bearer") == (found["patient"], found["appContext"], found["token_type"])
    assert {"error": "invalid_grant"} == token(client, given)


@pytest.mark.parametrize(
    "more", [{"code_verifier": "w" * 50}, {"client_id": "other"}, {"redirect_uri": "http://localhost/x"}]
)
def test_a_code_of_somebody_else_gives_nothing(client: FlaskClient, more: dict[str, str]) -> None:
    assert {"error": "invalid_grant"} == token(client, code(client), **more)


@pytest.mark.parametrize(
    "more",
    [
        {"redirect_uri": "https://evil.example.org/"},
        {"redirect_uri": "http://localhost.evil.example.org/"},
        {"code_challenge_method": "plain"},
        {"code_challenge": ""},
    ],
)
def test_no_code_goes_elsewhere_or_without_a_challenge(client: FlaskClient, more: dict[str, str]) -> None:
    answer = client.get("/demo/auth/authorize", query_string={**ASKED, "launch": context(client), **more})
    assert 400 == answer.status_code


def test_a_launch_context_is_used_once(client: FlaskClient) -> None:
    launch = context(client)
    client.get("/demo/auth/authorize", query_string={**ASKED, "launch": launch})
    assert b"Choose a patient" in client.get("/demo/auth/authorize", query_string={**ASKED, "launch": launch}).data


@pytest.mark.parametrize("patient", ["p-3", "", None, 5])
def test_there_is_no_launch_for_a_patient_that_there_is_not(client: FlaskClient, patient: object) -> None:
    assert "" == context(client, patient)


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"parameters": 1}'])
def test_a_launch_that_is_none_is_refused(client: FlaskClient, body: bytes) -> None:
    answer = client.post("/demo/fhir/_services/smart/Launch", data=body, content_type="application/json")
    assert 400 == answer.status_code


def test_an_ehr_of_the_demonstration_launches_the_app(client: FlaskClient) -> None:
    answer = client.get("/demo/auth/launch", query_string={"patient": "p-2"})
    assert answer.location.startswith("/smart/launch?iss=http%3A%2F%2Flocalhost%2Fdemo%2Ffhir&launch=")
    assert 400 == client.get("/demo/auth/launch", query_string={"patient": "p-9"}).status_code


def test_whoever_chooses_a_patient_sees_what_each_shows(client: FlaskClient) -> None:
    page = client.get("/demo/auth/authorize", query_string=ASKED).get_data(as_text=True)
    first, second = (part.partition("</li>")[0] for part in page.split("<li>")[-2:])
    assert "patient=p-1" in first and "A made-up hold." in first
    assert "patient=p-2" in second and "quiet" not in second


@pytest.mark.parametrize("path", ["/demo/auth/launch", "/demo/auth/authorize"])
def test_a_patient_that_there_is_not_is_named_beside_the_list_of_those_that_there_are(
    client: FlaskClient, path: str
) -> None:
    browser = {"Accept": "text/html,*/*;q=0.8"}
    asked = {**ASKED, "appContext": "x"}
    shown = client.get(path, query_string={**asked, "patient": "patient-<b>nobody"}, headers=browser)
    assert (400, "text/html") == (shown.status_code, shown.mimetype)
    assert "There is no patient &#39;patient-&lt;b&gt;nobody&#39; here." in shown.text and 'role="alert"' in shown.text
    assert f'href="{path}?client_id=demo' in shown.text and "appContext=x&amp;patient=p-2" in shown.text
    assert "patient=patient" not in shown.text
    chosen = client.get(path, query_string=asked, headers=browser)
    assert (200, False) == (chosen.status_code, 'role="alert"' in chosen.text)


def test_a_program_is_told_which_patient_there_is_not(client: FlaskClient) -> None:
    for asked, told in (({"patient": "p-9"}, "There is no patient 'p-9' here."), ({}, "No patient is named.")):
        answer = client.get("/demo/auth/launch", query_string=asked, headers={"Accept": "application/json"})
        assert (400, True) == (answer.status_code, told in answer.get_data(as_text=True))
