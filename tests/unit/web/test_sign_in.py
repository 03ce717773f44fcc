"""Does a sign-in hold: only the provider that is set, only the session that began it, only once; and does a role bound a page?"""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
import requests

from cds_service.api import demo_sign_in
from cds_service.app import create_app
from cds_service.errors import SettingsError
from cds_service.settings import Settings
from tests.unit.web.conftest import KEY, Live

PRODUCTION = {
    "CDS_ALLOW_ANONYMOUS": "1",
    "CDS_ALLOW_UNREVIEWED": "1",
    "CDS_PAGES": "1",
    "CDS_PUBLIC_BASE_URL": "https://cds.example.org",
    "CDS_REVIEW_KEY": KEY,
}
OIDC = {
    "CDS_OIDC_ISSUER": "https://login.example.org",
    "CDS_OIDC_CLIENT_ID": "cds",
    "CDS_OIDC_CLIENT_SECRET": "secret",
}


def begin(browser: requests.Session, live: Live, after: str = "/rules/review") -> str:
    """The provider's address, to which a browser is sent."""
    answer = browser.get(f"{live.url}/sign-in", params={"next": after}, allow_redirects=False)
    assert 302 == answer.status_code
    return answer.headers["Location"]


def choose(browser: requests.Session, address: str, role: str = "pharmacist") -> str:
    """The way back from the provider, after a role was chosen."""
    return browser.get(f"{address}&role={role}", allow_redirects=False).headers["Location"]


def signed_in(live: Live, role: str = "pharmacist") -> requests.Session:
    browser = requests.Session()
    assert 200 == browser.get(choose(browser, begin(browser, live, "/"), role)).status_code
    return browser


def token_in(page: str) -> str:
    found = re.search(r'name="form-token" value="([^"]+)"', page)
    assert found
    return found[1]


def test_whoever_is_not_signed_in_is_sent_to_sign_in_and_comes_back_to_the_page(live: Live) -> None:
    browser = requests.Session()
    first = browser.get(f"{live.url}/rules/review", allow_redirects=False)
    assert (302, "/sign-in?next=%2Frules%2Freview") == (first.status_code, first.headers["Location"])
    page = browser.get(choose(browser, begin(browser, live)))
    assert (200, f"{live.url}/rules/review") == (page.status_code, page.url)
    assert "TEST, not a person (pharmacist)" in page.text
    cookies = [c for c in browser.cookies if c.name == "cds-service-session"]
    assert [True] == [c.has_nonstandard_attr("HttpOnly") for c in cookies]


def test_another_role_sees_no_desk_and_a_form_without_a_sign_in_is_refused(live: Live) -> None:
    operator = signed_in(live, "operator")
    refused = operator.get(f"{live.url}/rules/review")
    assert 403 == refused.status_code and "for the role pharmacist" in refused.text
    # From there to the page it was refused, as somebody else.
    form = {"form-token": token_in(refused.text), "next": "/rules/review"}
    after = operator.post(f"{live.url}/sign-out", data=form, allow_redirects=False)
    assert (302, "/rules/review") == (after.status_code, after.headers["Location"])
    assert 403 == requests.post(f"{live.url}/rules/review/us-label-2023-03", data={}).status_code


def test_a_way_back_of_another_session_or_a_second_time_is_refused(live: Live) -> None:
    one, other = requests.Session(), requests.Session()
    back = choose(one, begin(one, live))
    assert 403 == other.get(back).status_code
    assert 200 == one.get(back).status_code
    assert 403 == requests.Session().get(back).status_code
    again = one.get(back)
    assert (403, "The sign-in was not completed." in again.text) == (again.status_code, True)


@pytest.mark.parametrize("changed", ["nonce", "code_challenge", "state"])
def test_a_request_that_was_changed_on_its_way_is_refused(live: Live, changed: str) -> None:
    browser = requests.Session()
    address = begin(browser, live)
    original = parse_qs(urlsplit(address).query)[changed][0]
    back = choose(browser, address.replace(original, "x" * len(original)))
    assert 403 == browser.get(back).status_code
    assert 302 == browser.get(f"{live.url}/rules/review", allow_redirects=False).status_code


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "another-app"},
        {"aud": "another-app", "azp": demo_sign_in.CLIENT_ID},
        {"aud": ["another-app"], "azp": demo_sign_in.CLIENT_ID},
        {"iss": "https://other.example.org"},
        {"exp": 1_700_000_000},
        {"nonce": "of another sign-in"},
        {"sub": ""},
    ],
)
def test_an_identity_of_another_app_or_sign_in_is_refused(
    live: Live, monkeypatch: pytest.MonkeyPatch, claims: dict[str, object]
) -> None:
    signed = jwt.encode
    monkeypatch.setattr(jwt, "encode", lambda given, *key, **more: signed({**given, **claims}, *key, **more))
    browser = requests.Session()
    assert 403 == browser.get(choose(browser, begin(browser, live))).status_code
    assert 302 == browser.get(f"{live.url}/rules/review", allow_redirects=False).status_code


@pytest.mark.parametrize(
    "back",
    [
        "http://127.0.0.1:80@evil.example.org/sign-in/back",
        "http://localhost:x@evil.example.org/sign-in/back",
        "http://localhost.evil.example.org/sign-in/back",
        "http://localhost:80\\\\@evil.example.org/sign-in/back",
        "//localhost/sign-in/back",
        "http://[/sign-in/back",
    ],
)
def test_the_pretended_provider_sends_no_code_elsewhere(live: Live, back: str) -> None:
    given = {"client_id": demo_sign_in.CLIENT_ID, "redirect_uri": back, "role": "pharmacist", "state": "s"}
    answer = requests.get(f"{live.url}/demo/sign-in/authorize", params=given, allow_redirects=False)
    assert 400 == answer.status_code


def test_an_answer_that_names_another_issuer_is_refused(live: Live) -> None:
    browser = requests.Session()
    back = choose(browser, begin(browser, live))
    assert 403 == browser.get(re.sub(r"iss=[^&]+", "iss=https://other.example.org", back)).status_code


def test_a_provider_that_calls_itself_otherwise_is_refused(live: Live, tmp_path: object) -> None:
    issuer = f"{live.url}/demo/sign-in".replace("127.0.0.1", "localhost")
    settings = Settings.from_environment(
        {"CDS_MODE": "demo", "CDS_DATA_DIR": str(tmp_path), **OIDC, "CDS_OIDC_ISSUER": issuer}
    )
    answer = create_app(settings).test_client().get("/sign-in")
    assert (403, True) == (answer.status_code, "names another issuer" in answer.text)


def test_a_provider_that_does_not_answer_is_said(tmp_path: object) -> None:
    given = {"CDS_MODE": "demo", "CDS_DATA_DIR": str(tmp_path), **OIDC, "CDS_OIDC_ISSUER": "http://127.0.0.1:9"}
    answer = create_app(Settings.from_environment(given)).test_client().get("/sign-in")
    assert (503, True) == (answer.status_code, "does not answer" in answer.text)


@pytest.mark.parametrize(
    "after", ["//evil.example.org", "https://evil.example.org", "/\\evil.example.org", "/cds-services"]
)
def test_nobody_is_sent_elsewhere_after_a_sign_in(live: Live, after: str) -> None:
    browser = requests.Session()
    back = browser.get(choose(browser, begin(browser, live, after)), allow_redirects=False)
    assert (302, "/") == (back.status_code, back.headers["Location"])


def signed_out_to(browser: requests.Session, live: Live, after: str) -> str:
    form = {"form-token": token_in(browser.get(f"{live.url}/").text), "next": after}
    return browser.post(f"{live.url}/sign-out", data=form, allow_redirects=False).headers["Location"]


def test_only_a_form_of_the_same_session_signs_out(live: Live) -> None:
    browser = signed_in(live)
    assert 403 == browser.post(f"{live.url}/sign-out", data={"form-token": "x"}).status_code
    foreign = token_in(signed_in(live).get(f"{live.url}/").text)
    assert 403 == browser.post(f"{live.url}/sign-out", data={"form-token": foreign}).status_code
    own = token_in(browser.get(f"{live.url}/").text)
    assert "/" == signed_out_to(signed_in(live), live, "//elsewhere.example.org")
    assert "Sign in" in browser.post(f"{live.url}/sign-out", data={"form-token": own}).text


def test_without_a_provider_production_has_no_desk_and_with_one_its_cookie_is_for_https_alone(tmp_path: object) -> None:
    given = {**PRODUCTION, "CDS_DATA_DIR": str(tmp_path)}
    bare = create_app(Settings.from_environment(given)).test_client()
    assert [200, 404, 404] == [bare.get(path).status_code for path in ("/rules", "/rules/review", "/sign-in")]
    app = create_app(Settings.from_environment({**given, **OIDC}))
    assert 302 == app.test_client().get("/rules/review").status_code
    assert (True, True, "Lax") == tuple(
        app.config[f"SESSION_COOKIE_{name}"] for name in ("SECURE", "HTTPONLY", "SAMESITE")
    )


@pytest.mark.parametrize("missing", ["CDS_OIDC_CLIENT_ID", "CDS_OIDC_CLIENT_SECRET", "CDS_PUBLIC_BASE_URL"])
def test_half_a_provider_refuses_the_start(missing: str) -> None:
    with pytest.raises(SettingsError) as refused:
        Settings.from_environment({k: v for k, v in {**PRODUCTION, **OIDC}.items() if k != missing})
    assert missing == refused.value.where
    with pytest.raises(SettingsError, match="no https address"):
        Settings.from_environment({**PRODUCTION, **OIDC, "CDS_OIDC_ISSUER": "http://login.example.org"})
