"""A realistic order-sign request of a given size: a patient on treatment with weekly counts and a renewal of her order."""

from __future__ import annotations

import copy
import json
from datetime import date
from typing import Any

from tests.support.application import client
from tests.support.chart import build_chart
from tests.support.ehr import Ehr, FlaskTransport
from tests.support.vignettes import vignette, weekly_counts


def order_sign_request(today: date, size: int) -> dict[str, Any]:
    """The request, padded with further Observations of other tests until it has about `size` bytes."""
    chart = build_chart(vignette(str(today), weekly_counts("2026-01-12", 10)))
    for resource in chart.of("Observation"):
        if resource["code"]["coding"][0]["code"] == "2160-0":
            resource["effectiveDateTime"] = str(today)
    ehr = Ehr(FlaskTransport(client(jurisdiction="US", today=str(today))), str(today))
    request = ehr.request("order-sign", chart, [ehr.draft(chart, 10, "once daily")])
    bundle = request["prefetch"]["laboratory"]
    pattern = next(e["resource"] for e in bundle["entry"] if e["resource"]["resourceType"] == "Observation")
    number = 0
    while len(json.dumps(request)) < size:
        filler = copy.deepcopy(pattern)
        filler["id"] = f"hb-{number}"
        filler["code"] = {"coding": [{"system": "http://loinc.org", "code": "718-7"}], "text": "Hemoglobin"}
        filler["valueQuantity"] = {"value": 9.1, "unit": "g/dL", "system": "http://unitsofmeasure.org", "code": "g/dL"}
        filler["effectiveDateTime"] = str(date.fromordinal(today.toordinal() - number))
        bundle["entry"].append({"resource": filler})
        number += 1
    return request
