"""REST: the use cases of the order service over HTTP, one module per resource."""
