"""Shipped scenarios. Each module asks one question: `scenario()`, a `GRID` of values to compare, and `SEEDS`."""
