"""What hides what among the checks of lenalidomide: the engine's rows, and those that name checks or messages of the drug."""

from __future__ import annotations

from cds_service.clinical.recommendation import Action, Urgency
from cds_service.dosing import precedence
from cds_service.dosing.precedence import ASKING, HOLDING, STOPPING, TAKING, Effect, Precedence, Which

# What questions or changes an order or its dose.
_IN_QUESTION = frozenset({Action.REQUEST_DATA, Action.REVIEW, Action.REPEAT_AND_REASSESS, Action.ESCALATE_URGENT})
_NOT_CRITICAL = frozenset({Urgency.WARNING, Urgency.INFO})
# The checks of a course by the rows of its document.
_COURSE = frozenset({"counts", "dose", "duration", "regimen", "start"})
# What holds treatment for another reason than the counts.
_CAUSES = frozenset({"toxicity", "liver", "bleeding", "thrombosis", "pml", "acute-leukaemia", "pregnancy-prevention"})


def _checks(*names: str) -> Which:
    return Which(checks=frozenset(names))


TABLE = (
    *precedence.TABLE,
    Precedence(
        "Beside a stop nothing is asked that only a dose would need.",
        Which(actions=STOPPING),
        (
            Which(actions=ASKING, urgencies=_NOT_CRITICAL, checks=_COURSE | {"indication", "pregnancy-prevention"}),
            Which(messages=frozenset({"patient-missing", "several-orders"})),
        ),
    ),
    Precedence(
        "Beside a hold or a stop no order takes the place of another.",
        Which(actions=HOLDING | STOPPING),
        (Which(messages=frozenset({"order-beside-active"})),),
    ),
    Precedence(
        "Beside the stop for want of a response it is no question that counts fall.",
        Which(messages=frozenset({"no-response"})),
        (Which(messages=frozenset({"falling"})),),
    ),
    Precedence(
        "While it is asked which regimen it is, no draft is given a dose.",
        _checks("regimen"),
        (Which(actions=TAKING | {Action.INFORM}, checks=frozenset({"dose"})),),
    ),
    Precedence(
        "Beside a major bleed the blood thinners are on its own card.",
        _checks("bleeding"),
        (_checks("blood-thinners"),),
    ),
    Precedence(
        "The temperature is asked for once, where the counts wait for it.",
        Which(messages=frozenset({"anc-pending"})),
        (Which(messages=frozenset({"temperature-unusable"})),),
    ),
    Precedence(
        "Beside possible febrile neutropenia its count asks for no blood count of its own.",
        Which(messages=frozenset({"febrile-neutropenia"})),
        (Which(messages=frozenset({"falling"}), only_of=frozenset({"anc"})),),
    ),
    Precedence(
        "Which regimen it is, is asked once, with the count for which it matters.",
        Which(messages=frozenset({"start-regimen-decides"})),
        (Which(messages=frozenset({"regimen-missing", "line-missing"}), lacks_only=frozenset({"regimen"})),),
    ),
    Precedence(
        "A pregnancy leaves no question on its prevention.", _checks("pregnancy"), (_checks("pregnancy-prevention"),)
    ),
    Precedence(
        "The count that a hold orders is a complete one.",
        Which(actions=HOLDING),
        (Which(messages=frozenset({"line-left-out"})),),
    ),
    Precedence(
        "Beside a stop other medicines, the supply and tests that are due are no longer the question.",
        Which(actions=STOPPING),
        (
            _checks(
                *("interactions", "supply", "men", "blood-thinners", "genetics", "results"), *("response", "reminders")
            ),
        ),
    ),
    Precedence(
        "What could not be obtained is said on whatever warning there is; alone it has a card of its own.",
        Which(urgencies=frozenset({Urgency.CRITICAL, Urgency.WARNING})),
        (Which(messages=frozenset({"unseen"})),),
    ),
    Precedence(
        "The stop rule on response has judged the response already.",
        Which(
            actions=frozenset({Action.DISCONTINUE, Action.REQUEST_DATA}),
            messages=frozenset({"no-response", "response-unknown"}),
        ),
        (Which(messages=frozenset({"response-due"})),),
    ),
    Precedence(
        "Nobody weighs stopping in response beside a hold, progression or a second cancer.",
        Which(actions=HOLDING),
        (Which(messages=frozenset({"stopping-information"})),),
    ),
    Precedence(
        "Nobody weighs stopping in response beside a hold, progression or a second cancer.",
        _checks("progression"),
        (Which(messages=frozenset({"stopping-information"})),),
    ),
    Precedence(
        "What keeps a hold is said by the check of its cause, which knows it better than the reason of the hold.",
        Which(actions=frozenset({Action.REMAIN_ON_HOLD}), checks=_CAUSES),
        (Which(messages=frozenset({"hold-not-recovered", "hold-never"})),),
    ),
    Precedence(
        "The pregnancy test that a hold waits for is asked for once.",
        Which(actions=frozenset({Action.REMAIN_ON_HOLD}), messages=frozenset({"missed-period"})),
        (Which(messages=frozenset({"hold-asked"})),),
    ),
    Precedence(
        "A clot that keeps a hold is reviewed once.",
        Which(messages=frozenset({"thrombosis-held", "thrombosis-held-us"})),
        (Which(messages=frozenset({"hold-reviewed"})),),
    ),
    Precedence(
        "A dose to resume at by the reason of the hold says more than that a toxicity has recovered.",
        Which(actions=TAKING, checks=_COURSE),
        (Which(messages=frozenset({"toxicity-recovered", "flare-inform"})),),
    ),
    Precedence(
        "An old creatinine is said once, with the other tests that are due.",
        Which(messages=frozenset({"reminders"}), orders=frozenset({"creatinine"})),
        (Which(messages=frozenset({"creatinine-due"})),),
    ),
    Precedence(
        "Where no patient was sent, what the record would say is asked once.",
        Which(messages=frozenset({"patient-missing"})),
        (Which(actions=ASKING, lacks_only=frozenset({"birthDate", "sex"})),),
    ),
    Precedence(
        "Beside something graver a reminder is a line with its button.",
        Which(urgencies=frozenset({Urgency.CRITICAL, Urgency.WARNING})),
        (_checks("men", "reminders"), Which(messages=frozenset({"creatinine-due"}))),
        Effect.FOLD,
    ),
    Precedence(
        "While the counts ask a question, the dose of the kidneys is no choice of one click.",
        Which(actions=ASKING, checks=_COURSE),
        (Which(messages=frozenset({"kidneys-fell", "kidneys-dialysis"})),),
        Effect.WITHHOLD_OFFERS,
    ),
    Precedence(
        "An order that is in question itself, or changed by another choice, is not given another supply by one click.",
        Which(actions=HOLDING | STOPPING | TAKING | _IN_QUESTION),
        (Which(messages=frozenset({"supply-too-long"})),),
        Effect.WITHHOLD_OFFERS,
    ),
)
