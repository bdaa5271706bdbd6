"""Do the work: the only room that calls user code. It does not know who carried the run here."""
