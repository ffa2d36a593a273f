"""Where a submission stands: who may know, what they are told, and whom they let in."""
