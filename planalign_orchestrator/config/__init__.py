"""Settings: typed, merged from several sources, and explained.

``loading.find_settings`` gives the settings that a command means with the source of each, ``loading.load_settings``
those of given files.
"""
