"""Connects: processes, channels, web pages, commands. The only package that knows the network."""
