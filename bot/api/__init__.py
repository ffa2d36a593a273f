"""What the portal calls: /api/v1, its rules and its own description."""
