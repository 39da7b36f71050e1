"""Generated from ``protos/fedqi/wire/v1`` by ``make protos``; not edited by hand."""
