"""Made-up charts of patients in treatment, as a FHIR Bulk Data export, each with what should be found in it."""
