"""The commands `upakarti proposals …`: what staff see of proposals, and what they do to them."""
