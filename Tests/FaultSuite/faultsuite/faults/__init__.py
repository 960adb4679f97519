"""What goes wrong, when, and how it is made to."""
