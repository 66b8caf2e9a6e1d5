"""Tests of `tools/table`."""

from __future__ import annotations

from tool_rooms import ignored_without

collect_ignore_glob = ignored_without("table")
