"""The commands about announcements: written, approved, steered and reported from the command line."""
