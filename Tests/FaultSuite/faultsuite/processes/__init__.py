"""The executables of one Sallyport, and what they need around them."""
