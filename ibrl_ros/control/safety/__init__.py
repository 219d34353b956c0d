"""Safety: when the arm may move, how far and how fast, and when it holds."""
