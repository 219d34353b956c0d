"""What lets the arm move, how far, and what makes it hold."""
