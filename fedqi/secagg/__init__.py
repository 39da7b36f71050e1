"""Sans-IO secure aggregation. Knows nothing of medicine or statistics."""
