"""The coordinating centre: enrols sites, runs jobs, and learns sums only."""
