"""Success detectors: one file for each, with the class and the model of its settings."""
