"""FHIR in, FHIR out, without an EHR in between: what an integration engine sends becomes a call of a hook, and its cards resources."""
