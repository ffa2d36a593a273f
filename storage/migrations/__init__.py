"""Alembic revisions: forward only, never edited after a release.

Their sum is storage/schema.py with storage/proposals/tables.py.
"""
