"""The people who work at the award's office: who they are, whom they talk to, and what they teach."""
