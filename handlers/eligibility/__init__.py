"""The pre-eligibility check: a conversation that tells what is known of the conditions, and decides nothing (F67)."""
