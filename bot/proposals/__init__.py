"""The commands `upakarti proposals …`: taking in a file, what staff see of proposals, and what they do to them."""
