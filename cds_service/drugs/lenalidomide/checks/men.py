"""What men are reminded of at a start (US REMS; EU SmPC 4.4).

When: an order would start lenalidomide.
Then: a man is reminded of condoms, sperm and blood donation; where no sex is known it is asked.
"""

from __future__ import annotations

from cds_service.clinical.recommendation import Recommendation
from cds_service.drugs.lenalidomide.decisions import inform
from cds_service.drugs.lenalidomide.safety.laws import safety_check
from cds_service.drugs.lenalidomide.safety.view import View


def reminders(view: View) -> list[Recommendation]:
    """One line of information for a man at a start: condoms, no sperm and no blood donation; a question where no sex is known."""
    rules = (view.choose("US-MALE", "EU-MALE"), view.choose("US-REMS-BLOOD", "EU-BLOOD"))
    sex = view.facts.sex
    if sex == "female" or not (view.is_start and view.case.orders and view.facts.patient_reference):
        view.trace.say(rules[0], "not applicable", "not the first prescription of a man")
        return []
    for rule_id in rules:
        view.trace.say(rule_id, "fired", "reminder at a start")
    message = "reminder-male" if sex else "reminder-sex-unknown"
    return [inform(view, rules, message, folds=not sex)]


CHECK = safety_check("men", "condoms, sperm and blood donation", reminders)
