"""The two stacks as the rules look at them: templates, where their assets lie, what nag found."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

type Resources = Mapping[str, Mapping[str, Any]]  # by logical id


@dataclass(frozen=True, kw_only=True)
class Synthesised:
    data: Resources
    service: Resources
    protected: bool  # the data, from being deleted with its stack
    folder: Path
    findings: Mapping[str, list[str]]  # of AWS Solutions: the rule → where

    def all(self, kind: str) -> Mapping[str, Mapping[str, Any]]:
        """The properties of every resource of this kind, in both stacks."""
        return {
            name: resource.get("Properties", {})
            for name, resource in {**self.data, **self.service}.items()
            if resource["Type"] == kind
        }

    def functions(self) -> Mapping[str, Mapping[str, Any]]:
        """By the name we call them."""
        found = self.all("AWS::Lambda::Function").values()
        return {each["Environment"]["Variables"]["POWERTOOLS_SERVICE_NAME"]: each for each in found}
