"""Judges a history by what Sallyport promises; knows nothing of how it keeps that."""
