"""Analyses (summarise → combine → position), their plans, and what comes out."""
