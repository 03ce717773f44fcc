"""The engine of dosing and monitoring: pure, knows no drug, no document and no number; it imports `clinical` alone."""
