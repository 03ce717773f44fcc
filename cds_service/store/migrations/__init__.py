"""The steps that bring a database to the present tables; run by `cds_service.store.migrate`."""
