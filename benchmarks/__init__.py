"""Benchmarks: what FedQI costs beside what nobody can avoid."""
