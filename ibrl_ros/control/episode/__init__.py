"""The course of an episode: its states, its judge, and the detectors of success."""
