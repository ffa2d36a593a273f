"""Proposals and how far they have come: the one package that knows how they are kept."""
