"""Loopback stand-ins for the platforms we talk to, for tests, drills and benchmarks."""
