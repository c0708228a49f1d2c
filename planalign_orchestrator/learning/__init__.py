"""A client's own past: assumptions fitted to censuses, held against later years, and calibrated."""
