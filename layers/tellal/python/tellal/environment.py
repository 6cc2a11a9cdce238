"""The environment as it is: text by name. The only module that reads os.environ.

`config` makes settings of it; whoever may not load that (a redirect) takes what it needs from here.
"""

import os
from collections.abc import Mapping


def variables() -> Mapping[str, str]:
    return os.environ
