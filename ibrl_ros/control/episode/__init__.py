"""The course of an episode: its states, how it is judged, what tells success."""
