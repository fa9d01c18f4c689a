"""Made-up companies with a known truth, how the signal judges them, and how the usual rules do."""
