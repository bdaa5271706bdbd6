"""Who did what, when and from where, in a chain that shows whether it was changed afterwards."""
