"""Scenarios: declarative loads, calls and handshakes against a running system, each with what is expected."""
