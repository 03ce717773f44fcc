"""Counts where no table is for the use: no indication on file, chronic lymphocytic leukaemia, off-label, no jurisdiction.

When: lenalidomide is taken or on hold, and the jurisdiction's document has no table for what it is given for.
Then: counts at which every table of the document interrupts do so, without a dose; at which only some do are asked about,
critically, and those are named; results in conflict are clarified. Without a jurisdiction stands what both documents hold at, or
ask about critically.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cache

from cds_service.clinical.facts import Missing
from cds_service.clinical.recommendation import Action, Input, Recommendation, Urgency
from cds_service.dosing.build import by_rules, stop_proposals
from cds_service.dosing.case import Case
from cds_service.dosing.count_rows import LINES, CountRow, trigger
from cds_service.dosing.regimen import NextDose, Regimen
from cds_service.dosing.rulebook import Rule, Rules
from cds_service.dosing.tables import rows_at
from cds_service.dosing.trace import Trace
from cds_service.dosing.treatment.checks import assess_counts
from cds_service.dosing.treatment.patient import patient_by
from cds_service.dosing.treatment.sayings import count_words, course_inputs, course_words
from cds_service.drugs.lenalidomide.counts.regimen import regimen_of
from cds_service.drugs.lenalidomide.decisions import ask_urgently
from cds_service.drugs.lenalidomide.definitions import Definition, defined
from cds_service.drugs.lenalidomide.mds_del5q.regimens import regimens
from cds_service.drugs.lenalidomide.safety.view import View

AGREED = {Action.HOLD: "hold-agreed", Action.REMAIN_ON_HOLD: "remain-on-hold-agreed"}
BY_EVERY_TABLE = {Action.HOLD: "hold-every-table", Action.REMAIN_ON_HOLD: "remain-on-hold-every-table"}
# What only a table of its own can say.
OF_A_TABLE = frozenset({"anc-pending", "platelet-gap", "platelet-gap-repeat"})


@cache
def every_table(rules: Rules, jurisdiction: str) -> Regimen:
    """What all tables of a jurisdiction's document have in common, as a regimen without a dose."""
    base = regimens(rules)[jurisdiction]
    table = tuple(_row(rules[f"{jurisdiction}-NO-TABLE-{line}"], base) for line in ("PLT", "ANC"))
    return replace(
        base,
        ids=replace(base.ids, no_row="", both_lines=(), row_lock=(), neutropenia=()),
        rows=lambda _dose, line: rows_at(table, line),
        gap=None,
        next_dose=lambda _case, _therapy, _rows: NextDose(),
    )


def _row(rule: Rule, base: Regimen) -> CountRow:
    triggers = tuple(trigger(each) for each in rule.number("hold"))
    limit = rule.number("hold")[0]["below"]
    pending = base.pending.rule if base.pending is not None else rule.id
    shown_in = rule.data.get("shown_in", "/uL")
    return CountRow(
        rule.id, rule.number("line"), None, "any", triggers, limit, None, shown_in=shown_in, pending_rule=pending
    )


def _tables(view: View) -> list[tuple[str, Regimen]]:
    """Every regimen of the jurisdiction, by the words for it."""
    case, law = view.case, view.case.jurisdiction
    others = [(_words(d), regimen_of(case, view.therapy, d)) for d in defined(law)]
    return [("MDS", regimens(case.rules)[law]), *others]


def _words(definition: Definition) -> str:
    return f"myeloma {definition.name}" if definition.is_myeloma else definition.indication.upper()


def every_regimen(view: View) -> tuple[Regimen, ...]:
    """The regimens of every indication in the jurisdiction."""
    return tuple(regimen for _, regimen in _tables(view))


def counts_without_table(view: View) -> list[Recommendation]:
    """What counts say under treatment that no table is for.

    Missing: without a jurisdiction only what both documents hold at; before a start nothing.
    """
    case, state = view.case, view.therapy.state
    if state not in ("active", "on-hold"):
        return []
    known = regimens(case.rules)
    if case.jurisdiction not in known:
        each = known.values() if view.disease.is_mds else [every_table(case.rules, law) for law in known]
        agreed = agreed_by(view, each, AGREED)
        asked = [[r for r in _grave(view, e) if _is_grave_question(r)] for e in each]
        return agreed or (asked[0] if state == "active" and all(asked) else [])
    tables = _tables(view)
    if state == "on-hold":
        return agreed_by(view, (regimen for _, regimen in tables), BY_EVERY_TABLE)
    patient = patient_by(view, every_table(case.rules, case.jurisdiction))
    found = [_without_dose(case, [r], BY_EVERY_TABLE.get(r.action, r.message)) for r in assess_counts(patient)]
    found = [r for r in found if r.message not in OF_A_TABLE]
    if any(r.action is Action.HOLD or _is_grave_question(r) for r in found):
        return found
    return [*_by_some(view, tables), *found]


def _by_some(view: View, tables: list[tuple[str, Regimen]]) -> list[Recommendation]:
    """Counts at which some tables interrupt, or would by one of two readings: which one applies decides."""
    holding = [(name, r) for name, regimen in tables for r in _grave(view, regimen)]
    if not holding:
        return []
    case = view.case
    regimen = every_table(case.rules, case.jurisdiction)
    patient = patient_by(replace(view, trace=Trace(view.rules)), regimen)
    lines = {i.fact for _, r in holding for i in r.inputs} & set(LINES)
    readings = [r for line in LINES if line in lines for r in patient.counts[line].decisive]
    own = {f"{case.jurisdiction}-NO-TABLE-{'PLT' if line == 'platelets' else 'ANC'}": None for line in sorted(lines)}
    due = min((r.next_cbc_due for _, r in holding if r.next_cbc_due is not None), default=case.on)
    return [
        ask_urgently(
            view,
            (*own, regimen.ids.indication),
            "hold-some-tables",
            words=count_words(patient, readings)
            | course_words(patient)
            | {"which": ", ".join(dict.fromkeys(name for name, _ in holding)), "due": due.isoformat()},
            next_cbc_due=due,
            inputs=[*(Input.of(r) for r in readings), *course_inputs(patient)],
            missing=[Missing("indication", "which table applies is not known", regimen.ids.indication)],
            proposals=tuple(
                replace(p, is_recommended=False) for p in stop_proposals(case, due, view.therapy.references)
            ),
        )
    ]


def _grave(view: View, regimen: Regimen) -> list[Recommendation]:
    """The decisions of a regimen that interrupt, or may by one of two readings."""
    patient = patient_by(replace(view, trace=Trace(view.rules)), regimen)
    found = assess_counts(patient)
    return [r for r in found if r.action is Action.HOLD or _is_grave_question(r)]


def _is_grave_question(found: Recommendation) -> bool:
    """Whether one of the readings in question would interrupt."""
    return found.action is Action.REQUEST_DATA and found.urgency is Urgency.CRITICAL


def agreed_by(view: View, each_of: Iterable[Regimen], messages: Mapping[Action, str]) -> list[Recommendation]:
    """The decisions that each of some regimens comes to, without a dose. Args: the message of each action that is looked at."""
    by_regimen = [_decisions(view, regimen) for regimen in each_of]
    result = []
    for action, message in messages.items():
        said = [found[action] for found in by_regimen if action in found]
        if len(said) == len(by_regimen):
            result.append(_without_dose(view.case, said, message))
    return result


def _decisions(view: View, regimen: Regimen) -> dict[Action, Recommendation]:
    found = assess_counts(patient_by(view, regimen))
    return {r.action: r for r in found if r.action in AGREED}


def _without_dose(case: Case, said: list[Recommendation], message: str) -> Recommendation:
    if said[0].action not in AGREED:
        return said[0]
    dues = [r.next_cbc_due for r in said if r.next_cbc_due is not None]
    return replace(
        by_rules(case, said[0], (rule for r in said for rule in r.rules)),
        message=message,
        resume=None,
        note="",
        next_cbc_due=min(dues, default=None),
        inputs=tuple(dict.fromkeys(i for r in said for i in r.inputs)),
        missing=(),
    )
