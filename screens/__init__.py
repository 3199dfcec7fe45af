"""The Textual door. Shows the core's values and posts intents; holds no truth and no rules. Imports nothing here."""
