"""How fast the program is, in ratios and limits within one run: `python -m tests.benchmarks`."""
