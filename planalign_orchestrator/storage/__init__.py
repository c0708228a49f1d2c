"""What survives a crash: files, the journal of stages, year copies, verification, resume and rewind."""
