"""What IAM allowed whom, where it is enforced: a line of JSON for each thing, the first time.

So a test can tell which of a role's grants were ever used. Lines are principal, action, resource.
"""

import json
from pathlib import Path
from typing import Any

# Not in the environment where types are checked.
from ministack.core import iam_evaluator  # type: ignore[import-not-found]


def note(file: Path) -> None:
    evaluate, noted = iam_evaluator.evaluate, set()

    def noting(asked: Any, *policies: Any) -> Any:
        told = evaluate(asked, *policies)
        what = (asked.principal_arn, asked.action, asked.resource_arn)
        if told.decision == "Allow" and what not in noted:
            noted.add(what)
            with file.open("a") as lines:
                lines.write(json.dumps(what) + "\n")
        return told

    iam_evaluator.evaluate = noting
