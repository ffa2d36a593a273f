"""What the people of the office do in their chat."""
