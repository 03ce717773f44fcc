"""The CDS Hooks Sandbox, as far as its links and forms go: how it reads the parameters of its address, what it asks the FHIR
server, which service it calls on which screen and with what body. Written from its source (`cds-hooks/sandbox`, March 2026).

What matters most: each screen calls the services of its own hook but names the hook of the address in the request, so the
two must agree; when the patient has been read, what the address says about a medication is forgotten, and the form stands at one
pill, daily, 30 days of supply.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

from flask.testing import FlaskClient

Json = dict[str, Any]

ORIGIN = "https://sandbox.cds-hooks.org"
HOOKS = ("patient-view", "order-select", "order-sign")
SCREENS = {"patient-view": "patient-view", "rx-view": "order-select", "rx-sign": "order-sign"}
FREQUENCIES = {"daily": 1, "bid": 2, "tid": 3, "qid": 4}
_HEADERS = {"Origin": ORIGIN, "Accept": "application/json", "Authorization": "Bearer eyJhbGciOiJFUzI1NiJ9.e30.c2ln"}
_FHIR = {"Origin": ORIGIN, "Accept": "application/json+fhir"}


@dataclass
class Form:
    """The order form, as it stands once the patient has been read."""

    rxnorm: str = ""
    name: str = ""
    number: int = 1
    frequency: str = "daily"
    supply_days: int = 30


@dataclass
class Sandbox:
    """One browser window. `client` serves both the FHIR server and the services; `today` is the browser's day."""

    client: FlaskClient
    today: date
    hook: str = ""
    screen: str = ""
    fhir: str = ""
    patient: str = ""
    services: list[Json] = field(default_factory=list)
    discovered: str = ""
    form: Form = field(default_factory=Form)

    def open(self, link: str) -> None:
        """Read a link in a browser that has kept nothing; an assertion fails where the Sandbox would ask for something."""
        given = dict(parse_qsl(urlsplit(link).query))
        self.hook = given["hook"] if given.get("hook") in HOOKS else "patient-view"
        self.screen = given.get("screen", "patient-view")
        assert self.screen in SCREENS, f"an empty page: the Sandbox has no screen {self.screen}"
        self.fhir = given["fhirServiceUrl"]
        assert "4.0.1" == self._get(f"{self.fhir}/metadata")["fhirVersion"]
        self._get(f"{self.fhir}/Patient")
        patient = self._get(f"{self.fhir}/Patient/{given['patientId']}")
        assert patient["name"][0]["given"], "the Sandbox joins the given names"
        self.patient = patient["id"]
        for entry in self._get(f"{self.fhir}/Condition?patient={self.patient}").get("entry", ()):
            assert entry["resource"]["resourceType"] == "Condition"
        self.form = Form()
        self.discovered = given["serviceDiscoveryURL"]
        self.services = self._get(self.discovered)["services"]

    def cards(self) -> list[Json]:
        """The cards that the screen shows; on the signing screen those after the button. None at all reads "All clear!"."""
        fired, shown = SCREENS[self.screen], []
        for service in (one for one in self.services if one["hook"] == fired):
            answer = self.client.post(
                _path(f"{self.discovered}/{service['id']}"), json=self._request(service), headers=_HEADERS
            )
            if answer.status_code == 200 and fired == self.hook:
                shown += answer.get_json()["cards"]
        return shown

    def _request(self, service: Json) -> Json:
        context: Json = {"patientId": self.patient, "userId": "Practitioner/COREPRACTITIONER1"}
        if self.screen != "patient-view":
            context["draftOrders"] = {"resourceType": "Bundle", "entry": [{"resource": self.draft()}]}
        if self.screen == "rx-view":
            context["selections"] = ["MedicationRequest/request-123"]
        request = {"hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea", "hook": self.hook, "fhirServer": self.fhir}
        return {**request, "context": context, "prefetch": self._prefetched(service)}

    def draft(self) -> Json:
        """The order of the form; without dose and product before a drug is chosen."""
        order: Json = {"resourceType": "MedicationRequest", "id": "request-123", "status": "draft"}
        order |= {"subject": {"reference": f"Patient/{self.patient}"}, "authoredOn": self.today.isoformat()}
        form = self.form
        if not form.rxnorm:
            return order
        times = {"frequency": FREQUENCIES[form.frequency], "period": 1, "periodUnit": "d"}
        dose = {"value": form.number, "system": "http://unitsofmeasure.org", "code": "{pill}"}
        supply = {"value": form.supply_days, "unit": "days", "system": "http://unitsofmeasure.org", "code": "d"}
        category = {"system": "http://terminology.hl7.org/CodeSystem/medicationrequest-category", "code": "community"}
        coding = {
            "display": form.name,
            "system": "http://www.nlm.nih.gov/research/umls/rxnorm",
            "code": form.rxnorm,
        }
        return order | {
            "dosageInstruction": [{"timing": {"repeat": times}, "doseAndRate": [{"doseQuantity": dose}]}],
            "dispenseRequest": {"expectedSupplyDuration": supply},
            "intent": "order",
            "category": {"coding": [category]},
            "medicationCodeableConcept": {"text": form.name, "coding": [coding]},
        }

    def _prefetched(self, service: Json) -> Json:
        """Reads by GET, searches by POST and, where that fails, by GET; a key that gave an error is left out."""
        found = {}
        for key, template in service["prefetch"].items():
            path, is_search, query = template.replace("{{context.patientId}}", self.patient).partition("?")
            encoded = "&".join(f"{name}={quote(value, safe='')}" for name, value in parse_qsl(query))
            url = f"{_path(self.fhir)}/{path}"
            if is_search:
                answer = self.client.post(
                    f"{url}/_search", data=encoded, headers=_FHIR, content_type="application/x-www-form-urlencoded"
                )
            if not is_search or answer.status_code != 200:
                answer = self.client.get(f"{url}?{encoded}" if is_search else url, headers=_FHIR)
            if answer.status_code == 200:
                found[key] = answer.get_json(force=True)
        return found

    def _get(self, url: str) -> Any:
        answer = self.client.get(_path(url), headers=_HEADERS)
        assert 200 == answer.status_code, f"{url}: {answer.status_code}"
        assert answer.headers["Access-Control-Allow-Origin"] in ("*", ORIGIN)
        return answer.get_json(force=True)


def _path(url: str) -> str:
    """What an address means to the application in the same process."""
    return urlsplit(url)._replace(scheme="", netloc="").geturl()
