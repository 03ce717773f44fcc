"""A CDS Hooks server for the dosing and monitoring of drugs."""
