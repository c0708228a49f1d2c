"""Many futures: cells gathered into packs, each simulated in one pass."""
