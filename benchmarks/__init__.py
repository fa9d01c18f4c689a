"""What is fast, measured side by side: `make bench`, or `python -m benchmarks --only tallies --rows 1000000`."""
