"""One course of treatment, in any indication: start, on treatment, on hold, resume. What differs by document stands in its `Regimen`."""
