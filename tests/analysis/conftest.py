"""Batches that several tests look at."""

import pytest

from .synthetic import Batch, batch


@pytest.fixture(scope="session")
def shared() -> Batch:
    """Five lifetimes, four seeds, a partition, keys shared by the sites."""
    return batch(clients=150)


@pytest.fixture(scope="session")
def per_site() -> Batch:
    """The same with keys of its own at each site."""
    return batch(clients=150, shared_keys=False)
