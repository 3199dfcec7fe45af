"""The embedded runtime under the name that the pipeline knows."""

from __future__ import annotations

from wizard.adapters.embedded import EmbeddedRuntime

__all__ = ["EmbeddedRuntime"]
