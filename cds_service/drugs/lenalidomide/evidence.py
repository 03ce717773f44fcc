"""What evidence stands on the cards that it helps: start, lower dose, neutropenia in MDS."""

from __future__ import annotations

from collections.abc import Sequence

from cds_service.dosing.treatment.patient import Patient
from cds_service.drugs.lenalidomide.indication import indication_of

STARTING = ("GL-MDS003", "S0-KARYOTYPE")
# Which weight the clearance of a start is worked out with.
CLEARANCE = ("GEN-CRCL",)
THIS_KARYOTYPE = {True: "Here del(5q) is the only abnormality.", False: "Here there are additional abnormalities."}
LOWER_DOSE = ("S2-REDUCTION", "GL-MDS004")
NEUTROPENIA = ("S4-GCSF",)
LABEL_LOWER = ("S4-REDUCE",)


def evidence(message: str, indication: str, rules: Sequence[str]) -> tuple[str, ...]:
    """The rules that a card of this message quotes beside its own; outside MDS only what a start rests on.

    Args: the message's key, the indication's name, the rules of the decision.
    """
    is_start = message in ("start", "start-offer", "start-as-ordered")
    if not indication.startswith("mds"):
        return CLEARANCE if is_start else ()
    if is_start:
        return (*STARTING, *CLEARANCE)
    if message.startswith(("resume", "reduce")):
        return (*LOWER_DOSE, *LABEL_LOWER) if message == "reduce" else LOWER_DOSE
    if message in ("hold", "remain-on-hold") and any("-ANC" in rule for rule in rules) and "EU-GCSF" not in rules:
        return NEUTROPENIA
    return ()


def this_karyotype(patient: Patient) -> dict[str, str]:
    """What the karyotype of a start is, by which the response differs; empty where it is not told."""
    indication = indication_of(patient.facts)
    if not indication.has_del5q or indication.is_isolated is None:
        return {"karyotype": ""}
    return {"karyotype": THIS_KARYOTYPE[indication.is_isolated]}
