"""A site's `deploy:` → its target.

The module of a kind has its name and a function `open_target(deploy, context) -> Target`, deploy being the kind's model.
"""

from __future__ import annotations

from importlib import import_module

from jiyue.publish.deploy.target import Target, TargetContext
from jiyue.registry.deploy import DeployModel


def target_of(deploy: DeployModel, context: TargetContext) -> Target:
    """The target of a site. DeployError where this machine lacks a program, a library or credentials that it needs."""
    target: Target = import_module(f"{__package__}.{deploy.kind}").open_target(deploy, context)
    return target
