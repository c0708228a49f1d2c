"""A run: its inputs, its years and stages, its folder, and what it leaves and tells."""
