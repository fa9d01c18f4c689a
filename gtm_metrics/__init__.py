"""GTM Metrics: funnel health by segment, from the tables in a company's warehouse."""

__version__ = "0.1.0"
