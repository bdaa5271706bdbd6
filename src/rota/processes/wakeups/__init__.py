"""How a supervisor hears that there is something to look at, and whom of its children it tells."""
