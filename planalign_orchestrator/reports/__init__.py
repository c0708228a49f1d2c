"""Reports of a finished run, all read from its database."""
