"""Every error that a caller can see.

    CdsError
    ├── RequestError                     400
    │   ├── NotReadable                  CDS-400-JSON      not a JSON object, not UTF-8, NaN
    │   ├── NestedTooDeep                CDS-400-NESTING
    │   ├── BodyIncomplete               CDS-400-BODY      ended or stalled before its announced length
    │   ├── WrongHook                    CDS-400-HOOK
    │   ├── WrongMember                  CDS-400-MEMBER    missing or of the wrong type
    │   ├── WrongContext                 CDS-400-CONTEXT   a required context field missing or of the wrong type
    │   ├── TwoPatients                  CDS-400-PATIENTS
    │   ├── WrongBundle                  CDS-400-BUNDLE    FHIR content from which no call can be made
    │   ├── WrongFeedback                CDS-400-FEEDBACK
    │   └── LaunchRefused                CDS-400-LAUNCH    the SMART app: issuer not on the list, a way back of another launch
    ├── Unauthorized                     CDS-401           the same answer for every cause
    ├── NotFound                         404
    │   ├── NoSuchRoute                  CDS-404-ROUTE
    │   └── NoSuchService                CDS-404-SERVICE
    ├── WrongMethod                      CDS-405
    ├── NotAcceptable                    CDS-406
    ├── DataUnobtainable                 CDS-412-PREFETCH  names each prefetch key
    ├── BodyTooLarge                     CDS-413
    ├── WrongMediaType                   CDS-415
    ├── NotInForce                       CDS-422-EDITION   a document that does not decide here today
    ├── InternalFault                    CDS-500
    ├── Unavailable                      503
    │   ├── Overloaded                   CDS-503-BUSY
    │   └── StoreDown                    CDS-503-STORE
    └── SettingsError                    CDS-SETTING       refuses the start; never reaches HTTP

A code is permanent: it is never reused for another meaning. No sentence, place or hint holds a patient's value.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import ClassVar


class CdsError(Exception):
    """An error with a permanent code, a plain sentence, the place it is about, and a hint.

    Args:
        where: JSON path in the request ("$.context.patientId"), prefetch key or setting; "" when it is about the whole.
        sentence: what is wrong, in plain words without values; the class's own sentence when left out.
        hint: what to do; the class's own hint when left out.
    """

    code: ClassVar[str] = "CDS-500"
    status: ClassVar[int] = 500
    issue: ClassVar[str] = "exception"
    sentence: str = "The service could not answer."
    hint: str = ""

    def __init__(self, where: str = "", sentence: str = "", hint: str = "") -> None:
        self.where = where
        if sentence:
            self.sentence = sentence
        if hint:
            self.hint = hint
        super().__init__(f"{self.code}: {self.sentence}" + (f" ({where})" if where else ""))

    @property
    def places(self) -> tuple[tuple[str, str], ...]:
        """Each place the error is about, with the sentence that goes with it."""
        return ((self.where, self.sentence),)


class RequestError(CdsError):
    status = 400
    code = "CDS-400"
    issue = "invalid"
    sentence = "The request cannot be read."


class NotReadable(RequestError):
    code = "CDS-400-JSON"
    issue = "structure"
    sentence = "The body is not a JSON object."
    hint = "Send one JSON object (RFC 8259); NaN, Infinity, comments and trailing commas are not JSON."


class NestedTooDeep(RequestError):
    code = "CDS-400-NESTING"
    issue = "structure"
    sentence = "The body is nested too deeply."
    hint = "No CDS Hooks request or FHIR resource needs more than 100 levels."


class BodyIncomplete(RequestError):
    code = "CDS-400-BODY"
    issue = "structure"
    sentence = "The body ended before its announced length, or took too long to arrive."
    hint = "Send the whole body at once."


class WrongHook(RequestError):
    code = "CDS-400-HOOK"
    issue = "value"
    sentence = "The request's hook is not the hook of this service."


class WrongMember(RequestError):
    code = "CDS-400-MEMBER"
    issue = "structure"
    sentence = "A member of the request is missing or has the wrong type."
    hint = "See the section 'Calling a CDS Service' of the CDS Hooks specification."


class WrongContext(RequestError):
    code = "CDS-400-CONTEXT"
    issue = "required"
    sentence = "A required field of the hook's context is missing or has the wrong type."
    hint = "See the hook's page in the CDS Hooks library."


class TwoPatients(RequestError):
    code = "CDS-400-PATIENTS"
    issue = "invalid"
    sentence = "The request holds data of two patients."
    hint = (
        "context.patientId is a bare id (77, not Patient/77); it, the Patient resource and every subject must be one and the "
        "same patient."
    )


class WrongBundle(RequestError):
    code = "CDS-400-BUNDLE"
    issue = "invalid"
    sentence = "The Bundle or the Parameters cannot be evaluated."
    hint = "See docs/integration.md."


class WrongFeedback(RequestError):
    code = "CDS-400-FEEDBACK"
    issue = "structure"
    sentence = "A feedback entry is not as the CDS Hooks specification describes it; nothing of the call was stored."
    hint = "See the section 'Feedback' of the CDS Hooks specification."


class Unauthorized(CdsError):
    """No token, or one that is not good; `reason` is for our own log and never for the caller."""

    status = 401
    code = "CDS-401"
    issue = "login"
    sentence = "Unauthorized."

    def __init__(self, reason: str = "") -> None:
        super().__init__()
        self.reason = reason


class LaunchRefused(RequestError):
    code = "CDS-400-LAUNCH"
    sentence = "The app cannot be launched this way."
    hint = "Open it again from the patient's chart."


class Forbidden(CdsError):
    status = 403
    code = "CDS-403"
    issue = "forbidden"
    sentence = "This page is not for you."
    hint = "Sign in as somebody who may see it."


class NotFound(CdsError):
    status = 404
    code = "CDS-404"
    issue = "not-found"
    sentence = "There is nothing at this address."


class NoSuchRoute(NotFound):
    code = "CDS-404-ROUTE"
    hint = "GET /cds-services lists the services."


class NoSuchService(NotFound):
    code = "CDS-404-SERVICE"
    sentence = "There is no CDS service with this id."
    hint = "GET /cds-services lists the services."


class WrongMethod(CdsError):
    status = 405
    code = "CDS-405"
    issue = "not-supported"
    sentence = "This address does not answer this HTTP method."
    hint = "The Allow header lists the methods."


class NotAcceptable(CdsError):
    status = 406
    code = "CDS-406"
    issue = "not-supported"
    sentence = "The service does not write the format that is asked for."
    hint = "Ask for json, or on $evaluate for cards."


class DataUnobtainable(CdsError):
    """Required data came neither with the request nor from the FHIR server.

    Args:
        missing: for each prefetch key why its data could not be obtained, in words without values.
        hint: what to do where the reasons tell more than that they were not obtained.
    """

    status = 412
    code = "CDS-412-PREFETCH"
    issue = "incomplete"
    sentence = "Required data could not be obtained."
    hint = (
        "Send the prefetch key as the service's discovery entry describes it, or an empty Bundle where nothing is on file; or "
        "give access to the FHIR server."
    )

    def __init__(self, missing: Mapping[str, str], hint: str = "") -> None:
        self.missing = dict(missing)
        sentence = "Required data could not be obtained: " + ", ".join(sorted(self.missing)) + "."
        super().__init__(sentence=sentence, hint=hint)

    @property
    def places(self) -> tuple[tuple[str, str], ...]:
        """One place for each key: its path, and a sentence that names the key and the reason."""
        return tuple(
            (f"$.prefetch.{key}", f"Prefetch key '{key}' could not be obtained: {reason}.")
            for key, reason in sorted(self.missing.items())
        )


class BodyTooLarge(CdsError):
    status = 413
    code = "CDS-413"
    issue = "too-long"
    sentence = "The body is larger than this service reads."
    hint = "Send only what the prefetch templates ask for; the setting CDS_MAX_BODY_BYTES holds the limit."


class WrongMediaType(CdsError):
    status = 415
    code = "CDS-415"
    issue = "not-supported"
    sentence = "The body's media type is not one that this service reads."
    hint = (
        "Send application/json or application/fhir+json, without a Content-Encoding; docs/integration.md says how HL7 v2 becomes a "
        "Bundle."
    )


class NotInForce(CdsError):
    status = 422
    code = "CDS-422-EDITION"
    issue = "business-rule"
    sentence = "This PlanDefinition does not decide here today."


class InternalFault(CdsError):
    code = "CDS-500"
    sentence = "The service failed; no advice was given on this call. This is not a statement that all is well."
    hint = "The operator finds the failure in the service's log under this code."


class Unavailable(CdsError):
    status = 503
    code = "CDS-503"
    issue = "transient"


class Overloaded(Unavailable):
    code = "CDS-503-BUSY"
    issue = "throttled"
    sentence = "The service is overloaded; no advice was given on this call."
    hint = "Try again."


class StoreDown(Unavailable):
    code = "CDS-503-STORE"
    sentence = "The store is down; the feedback was not kept."
    hint = "Send the same feedback again later; a repeat changes nothing."


class SettingsError(CdsError):
    """A setting that cannot be used, or a start that the settings refuse; `where` is the setting's name.

    Args: `further` are errors of other settings, found at the same time; `faults` are all of them, this one first.
    """

    code = "CDS-SETTING"
    sentence = "A setting cannot be used."

    def __init__(
        self, where: str = "", sentence: str = "", hint: str = "", further: Iterable[SettingsError] = ()
    ) -> None:
        super().__init__(where, sentence, hint)
        self.faults: tuple[SettingsError, ...] = (self, *further)


def nearest(name: str, known: Iterable[str]) -> str:
    """The known name that was most likely meant by another one, or of which it is the end; "" for one that is known, or near none."""
    known = tuple(known)
    longer = [each for each in known if name and each.endswith(f"-{name}")]
    if len(longer) == 1:
        return longer[0]
    by_letters = {_letters(each): each for each in known}
    near = get_close_matches(_letters(name), by_letters, n=1, cutoff=0.75)
    return by_letters[near[0]] if near and by_letters[near[0]] != name else ""


def did_you_mean(name: str, known: Iterable[str], otherwise: str = "") -> str:
    """The question whether another name was meant, or other words where none is near."""
    near = nearest(name, known)
    return f"Did you mean {near}?" if near else otherwise


def _letters(name: str) -> str:
    return "".join(filter(str.isalnum, name[:64])).lower()
