"""How fast the hot paths are: `make bench`. Peers are measured in the same run; only the ratios count."""
