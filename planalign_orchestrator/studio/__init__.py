"""``planalign studio``: the engine in the browser of this machine. It shows what the engine has, and adds nothing."""
