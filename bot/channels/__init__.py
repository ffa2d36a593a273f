"""One module or folder a channel: how its messages come in and how ours go out."""
