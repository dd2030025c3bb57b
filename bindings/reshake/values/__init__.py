"""What can be said: frozen values that describe a scenario, the Python side of `models/`."""
