"""From production to scenarios: configurations of servers become fleets, access logs become populations."""
