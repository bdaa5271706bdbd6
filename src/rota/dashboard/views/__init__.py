"""One file per page: parse, ask one query or call one action, answer."""
