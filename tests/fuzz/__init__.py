"""Targets for a fuzzer, run on demand."""
