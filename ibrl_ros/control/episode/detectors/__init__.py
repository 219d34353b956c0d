"""Success detectors: one file each, with the class and the model of its settings."""
