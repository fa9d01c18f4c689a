"""Tests that share something that is slow to make stay together, on one worker."""

from __future__ import annotations

import pytest


def test_a_file_is_a_group(request: pytest.FixtureRequest) -> None:
    """Where tests are handed out by group, a test of a file that names none bears its file's name as its group.

    What hands them out reads the group from the name; where it stands nowhere every test goes to any worker, and each
    worker makes the companies, servers and pages of all of them, with nothing said about it.
    """
    assert_grouped(request, "test_groups")


@pytest.mark.xdist_group("a group")
def test_a_group_goes_before_the_file(request: pytest.FixtureRequest) -> None:
    """A test that names its group bears that one and not its file's."""
    assert_grouped(request, "a group")


def assert_grouped(request: pytest.FixtureRequest, group: str) -> None:
    """By groups the test's name ends with its group; in one process it bears none."""
    by_group = getattr(request.config.option, "loadgroup", False)
    assert request.node.nodeid.partition("@")[2] == (group if by_group else "")
