"""The pages for people: templates, one style sheet, small scripts, and the routes that answer with them.

Nothing here decides: what a page shows comes from the hooks, as an EHR would get it. A page module offers a `blueprint`
that is told what it needs; `app.py` puts them together.
"""
