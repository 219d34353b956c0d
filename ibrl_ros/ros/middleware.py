"""The environment variables of Fast DDS."""

#: Path of a profile: Fast DDS 3 (Kilted) reads the first name only, Fast DDS 2 (Jazzy) the second only.
PROFILE_VARIABLES = ("FASTDDS_DEFAULT_PROFILES_FILE", "FASTRTPS_DEFAULT_PROFILES_FILE")
