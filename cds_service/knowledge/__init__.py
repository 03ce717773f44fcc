"""The knowledge as FHIR resources, written from the very content that decides; nothing here was written by hand."""
