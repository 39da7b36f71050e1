"""Measures over tables in a real PostgreSQL."""
