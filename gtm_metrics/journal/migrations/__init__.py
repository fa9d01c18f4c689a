"""How the journal's tables came to be, a step a file in versions/."""
