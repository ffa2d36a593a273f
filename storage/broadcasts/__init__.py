"""Announcements to many: drafted, approved by a second officer, sent once to each of a frozen audience, reported."""
