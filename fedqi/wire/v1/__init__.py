"""Generated from ``protos/fedqi/wire/v1`` by ``python -m tools.protos``; not edited by hand."""
