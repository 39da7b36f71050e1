"""A hospital's report: one self-contained, printable HTML file (extra: ``fedqi[reports]``)."""
