"""Reads what people type into answers: words in words.py, numbers in numbers.py."""
