"""The Pulumi CLI with its Python language host: found, downloaded or built, and run without leftovers."""

from localcloud.engine.engine import VERSION, Engine, EngineError
from localcloud.engine.install import ensure
from localcloud.engine.link import link
from localcloud.engine.process import run

__all__ = ["VERSION", "Engine", "EngineError", "ensure", "link", "run"]
