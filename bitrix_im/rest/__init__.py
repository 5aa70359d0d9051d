"""The protocol, sans-I/O: calls and parameters out, replies or errors in."""
