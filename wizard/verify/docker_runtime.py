"""The docker runtime under the name that the pipeline knows."""

from __future__ import annotations

from wizard.adapters.engine_runtime import DockerRuntime

__all__ = ["DockerRuntime"]
