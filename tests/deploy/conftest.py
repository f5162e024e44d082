"""Deployments to begin with. The first run of a project is played once, and handed out in copies."""

from pathlib import Path

import pytest

from tests.deploy.deployment import Deployment, sources


@pytest.fixture(scope="session")
def first() -> Deployment:
    """One that ran once. Left as it is; tests change copies."""
    deployment = Deployment()
    deployment.run()
    return deployment


@pytest.fixture
def deployed(first: Deployment) -> Deployment:
    """One that ran once."""
    return first.copied()


@pytest.fixture
def changed(first: Deployment, tmp_path: Path) -> Deployment:
    """One that ran once, whose sources a test may change."""
    return first.copied(sources(tmp_path))
