"""The SMART app: launched by an EHR or alone, it shows one patient's course (SMART App Launch 2.2, on the server's side).

`issuer.py` reads what a listed FHIR server says about its authorization, `authorization.py` goes its way there and back,
`sessions.py` keeps what belongs to one browser, `routes.py` has the pages, `course.py` and `chart.py` what they show.
"""
