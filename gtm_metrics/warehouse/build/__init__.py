"""The embedded warehouse: a DuckDB file built from CSV and Parquet files, or from frames, and swapped in whole."""

from gtm_metrics.warehouse.build.load import Facts, LoadFailed, load_folder, load_frames

__all__ = ["Facts", "LoadFailed", "load_folder", "load_frames"]
