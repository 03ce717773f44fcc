"""Does the environment become settings, and does a bad one refuse the start by name?"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from cds_service.commands.check import start_doubts
from cds_service.errors import SettingsError
from cds_service.settings import NAMES, Settings
from tests.support.fake_service import FakeDocument

ANONYMOUS = {"CDS_ALLOW_ANONYMOUS": "1"}


def test_demo_needs_no_setting_and_has_its_own_defaults() -> None:
    settings = Settings.from_environment({"CDS_MODE": "demo"})
    assert ("US", "none", ("*",), True) == (settings.jurisdiction, settings.auth, settings.cors_origins, settings.pages)


def test_production_is_the_default_and_starts_from_nothing_but_its_authentication() -> None:
    settings = Settings.from_environment(ANONYMOUS)
    assert ("production", "", "none", (), False) == (
        settings.mode,
        settings.jurisdiction,
        settings.auth,
        settings.cors_origins,
        settings.pages,
    )
    assert (5_000_000, 8.0, None) == (settings.max_body_bytes, settings.fetch_deadline, settings.retention_days)


@pytest.mark.row("JWT-2")
@pytest.mark.parametrize(
    ("environ", "name"),
    [
        ({}, "CDS_PUBLIC_BASE_URL"),
        ({"CDS_AUTH": "none"}, "CDS_AUTH"),
        ({"CDS_AUTH": "jwt", "CDS_MODE": "demo"}, "CDS_PUBLIC_BASE_URL"),
        ({"CDS_AUTH": "jwt", "CDS_PUBLIC_BASE_URL": "https://cds.example.org"}, "CDS_TRUSTED_CLIENTS"),
    ],
)
def test_a_start_without_authentication_is_refused_and_names_the_setting(environ: dict[str, str], name: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.from_environment(environ)
    assert name == caught.value.where
    assert name in caught.value.sentence + caught.value.hint


def test_listed_clients_are_asked_for_tokens_even_where_anonymous_ones_would_be_allowed(tmp_path: Path) -> None:
    clients = tmp_path / "clients.toml"
    clients.touch()
    environ = {**ANONYMOUS, "CDS_TRUSTED_CLIENTS": str(clients), "CDS_PUBLIC_BASE_URL": "https://cds.example.org/"}
    settings = Settings.from_environment(environ)
    assert ("jwt", "https://cds.example.org") == (settings.auth, settings.public_base_url)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CDS_MODE", "test"),
        ("CDS_JURISDICTION", "UK"),
        ("CDS_AUTH", "basic"),
        ("CDS_TRUSTED_CLIENTS", "/no/such/file"),
        ("CDS_SITE_MAP", "/no/such/file"),
        ("CDS_PUBLIC_BASE_URL", "cds.example.org"),
        ("CDS_PUBLIC_BASE_URL", "https://u:p@cds.example.org"),
        ("CDS_FHIR_SERVERS", "https://a.example.org,ftp://b"),
        ("CDS_FHIR_SERVERS", "*"),
        ("CDS_CORS_ORIGINS", "*"),
        ("CDS_MAX_BODY_BYTES", "5MB"),
        ("CDS_MAX_BODY_BYTES", "0"),
        ("CDS_RETENTION_DAYS", "-1"),
        ("CDS_FETCH_DEADLINE", "nan"),
        ("CDS_FETCH_DEADLINE", "soon"),
        ("CDS_ALLOW_UNREVIEWED", "yes"),
        ("CDS_PAGES", "true"),
        ("CDS_DATA_DIR", "/dev/null"),
    ],
)
def test_a_value_that_cannot_be_used_is_refused_by_name_and_shown_with_what_to_give(name: str, value: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.from_environment({**ANONYMOUS, name: value})
    assert name == caught.value.where
    assert value.split(",")[-1].replace("u:p@", "…@") in caught.value.sentence
    assert "u:p" not in str(caught.value)
    assert caught.value.hint


@pytest.mark.parametrize(("name", "value"), [("CDS_TODAY", "2026-01-02"), ("CDS_CORS_ORIGINS", "*")])
def test_what_is_for_demonstrations_refuses_the_start_of_production(name: str, value: str) -> None:
    Settings.from_environment({"CDS_MODE": "demo", name: value})
    with pytest.raises(SettingsError, match="demo mode alone") as caught:
        Settings.from_environment({**ANONYMOUS, name: value})
    assert (name, ()) == (caught.value.where, caught.value.faults[1:])


def test_today_is_a_day() -> None:
    assert date(2026, 1, 2) == Settings.from_environment({"CDS_MODE": "demo", "CDS_TODAY": "2026-01-02"}).today
    with pytest.raises(SettingsError):
        Settings.from_environment({"CDS_MODE": "demo", "CDS_TODAY": "tomorrow"})


def test_lists_are_split_and_origins_lose_their_slash() -> None:
    environ = {**ANONYMOUS, "CDS_SHADOW": "A, B,", "CDS_FHIR_SERVERS": "https://a.example.org/ , http://b:8080"}
    settings = Settings.from_environment(environ)
    assert (frozenset({"A", "B"}), ("https://a.example.org", "http://b:8080")) == (
        settings.shadow,
        settings.fhir_servers,
    )


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("CDS_JURISTICTION", "Did you mean CDS_JURISDICTION?"),
        ("CDS_SITEMAP", "Did you mean CDS_SITE_MAP?"),
        ("CDS_FHIR_SERVER", "Did you mean CDS_FHIR_SERVERS?"),
        ("CDS_DATABASE", "Did you mean CDS_DATABASE_URL?"),
        ("CDS_", "README.md lists the settings."),
        ("CDS_COLOUR_OF_CARDS", "README.md lists the settings."),
    ],
)
def test_a_name_that_is_no_setting_refuses_the_start_with_the_one_that_was_meant(name: str, meant: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.from_environment({**ANONYMOUS, name: "US"})
    assert (name, meant) == (caught.value.where, caught.value.hint)


@pytest.mark.parametrize(
    "name",
    ["CDS_SERVICE_HOST", "CDS_PORT_5000_TCP_ADDR", "CDS_SERVICE_SERVICE_PORT_HTTP", "CDS_PORT", "CDS_TEST_X", "PATH"],
)
def test_names_that_others_give_are_let_be(name: str) -> None:
    assert Settings.from_environment({**ANONYMOUS, name: "x"}) == Settings.from_environment(ANONYMOUS)


def test_secrets_are_not_in_the_words_for_settings() -> None:
    assert "s3cret" not in repr(Settings.from_environment({**ANONYMOUS, "CDS_HASH_KEY": "s3cret"}))


def test_production_refuses_an_unreviewed_document_unless_told_otherwise() -> None:
    documents = [FakeDocument(), FakeDocument(id="eu-smpc", signed_by=" ")]
    with pytest.raises(SettingsError) as caught:
        Settings.from_environment(ANONYMOUS).check_start(documents)
    assert "CDS_ALLOW_UNREVIEWED" in caught.value.hint
    assert "eu-smpc" in caught.value.sentence
    Settings.from_environment({**ANONYMOUS, "CDS_ALLOW_UNREVIEWED": "1"}).check_start(documents)
    Settings.from_environment({"CDS_MODE": "demo"}).check_start(documents)


def test_all_that_is_wrong_is_said_at_once() -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.from_environment({"CDS_PAGE": "1", "CDS_AUTH": "basic", "CDS_RETENTION_DAYS": "-1"})
    assert ["CDS_PAGE", "CDS_AUTH", "CDS_RETENTION_DAYS"] == [fault.where for fault in caught.value.faults]
    with pytest.raises(SettingsError) as caught:
        Settings.from_environment({"CDS_SMART_CLIENT_ID": "app"})
    lacking = ["CDS_PUBLIC_BASE_URL", "CDS_TRUSTED_CLIENTS", "CDS_PUBLIC_BASE_URL", "CDS_SMART_ISSUERS", "CDS_PAGES"]
    assert lacking == [fault.where for fault in caught.value.faults]
    assert all(fault.hint for fault in caught.value.faults)


@pytest.mark.parametrize("name", ["CDS_HASH_KEY", "CDS_METRICS_TOKEN"])
def test_a_key_that_can_be_guessed_is_said_and_refuses_no_start(name: str) -> None:
    for key, faults in (("k" * 31, [name]), ("k" * 32, [])):
        settings = Settings.from_environment({**ANONYMOUS, name: key})
        settings.check_start([FakeDocument()])
        assert faults == [each.where for each in settings.weak_keys() if "openssl" in each.hint]
        assert faults == [
            doubt.where.rpartition(" ")[2]
            for doubt in start_doubts({**ANONYMOUS, "CDS_ALLOW_UNREVIEWED": "1", name: key})
        ]


@pytest.mark.parametrize("name", ["CDS_REVIEW_KEY", "CDS_SESSION_KEY"])
def test_a_short_key_of_signatures_and_sessions_refuses_the_start(name: str) -> None:
    Settings.from_environment({**ANONYMOUS, name: "k" * 32})
    with pytest.raises(SettingsError, match="fewer than 32 characters"):
        Settings.from_environment({**ANONYMOUS, name: "k" * 31})


def test_every_setting_has_the_prefix() -> None:
    assert {"CDS_"} == {name[:4] for name in NAMES}
    assert NAMES


SMART = {
    "CDS_MODE": "demo",
    "CDS_SMART_CLIENT_ID": "app",
    "CDS_PUBLIC_BASE_URL": "https://cds.example.org/",
    "CDS_SMART_ISSUERS": "https://ehr.example.org/fhir/, https://other.example.org/r4",
}


def test_the_smart_app_is_on_where_it_is_set_up() -> None:
    settings = Settings.from_environment(SMART)
    assert "https://cds.example.org/smart/launch" == settings.smart_launch_url
    assert ("https://ehr.example.org/fhir", "https://other.example.org/r4") == settings.smart_issuers
    assert "" == Settings.from_environment({**SMART, "CDS_SMART_CLIENT_ID": ""}).smart_launch_url
    assert "hush" not in repr(Settings.from_environment({**SMART, "CDS_SMART_CLIENT_SECRET": "hush"}))


@pytest.mark.parametrize(
    ("more", "name"),
    [
        ({"CDS_PUBLIC_BASE_URL": ""}, "CDS_PUBLIC_BASE_URL"),
        ({"CDS_SMART_ISSUERS": ""}, "CDS_SMART_ISSUERS"),
        ({"CDS_SMART_ISSUERS": "ehr.example.org"}, "CDS_SMART_ISSUERS"),
        ({"CDS_SMART_ISSUERS": "https://user@ehr.example.org/fhir"}, "CDS_SMART_ISSUERS"),
        ({"CDS_MODE": "production", **ANONYMOUS}, "CDS_PAGES"),
    ],
)
def test_a_smart_app_that_is_set_up_by_half_refuses_the_start(more: dict[str, str], name: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.from_environment({**SMART, **more})
    assert name == caught.value.where
