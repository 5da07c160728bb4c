"""The service around the core: command line, intake, warehouse, HTTP API and pages."""

__all__: list[str] = []
