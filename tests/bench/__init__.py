"""Benchmarks: maild beside what it is measured against, in one run, interleaved; every figure is a ratio. ``make bench`` runs them."""
