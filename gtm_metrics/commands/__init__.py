"""The commands of `gtm-metrics`, a file a family: each adds its sub-parser and prints rows; cli.py joins them."""
