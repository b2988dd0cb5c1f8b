"""The routes of the REST API, one module per resource; `omnitrack.api` gathers them."""
