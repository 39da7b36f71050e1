"""Over Flower; skipped where the extra is not installed."""
