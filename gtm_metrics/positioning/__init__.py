"""What we will say, and whether we all say it: themes as they are heard, agreement between functions. Pure."""

from gtm_metrics.positioning.song import Song, Voice, song
from gtm_metrics.positioning.themes import HEARD_COLUMNS, heard, lines_of, of_line

__all__ = ["HEARD_COLUMNS", "Song", "Voice", "heard", "lines_of", "of_line", "song"]
