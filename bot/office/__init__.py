"""The commands about the office: who works there, and what they send."""
