"""Knows: articles, editions and how a question finds its article. Pure after loading."""
