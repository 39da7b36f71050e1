"""The wire contract: protobuf stubs, and the conversion to and from the library's values."""
