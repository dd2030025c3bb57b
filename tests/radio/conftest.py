"""Only a build with the radio models has anything to test here: `make test-radio`."""

from reshake import _core

collect_ignore_glob = [] if _core.radio_is_built_in() else ["test_*.py"]
