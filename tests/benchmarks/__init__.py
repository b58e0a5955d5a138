"""How fast the program is, as ratios and limits within one run on one machine: `python -m tests.benchmarks`."""
