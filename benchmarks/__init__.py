"""How fast the hot paths are, peers beside rota: `make bench`. Only ratios taken in one run count."""
