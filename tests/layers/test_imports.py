"""Whether handlers import where there is nothing but their layers and boto3, as on AWS.

The local AWS runs them so as well, but only those that a test happens to call, and with an
environment of ours.
"""

import ast
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.runtime import FUNCTIONS, ROOT, Runtime

PACKAGE = ROOT / "layers" / "tellal" / "python" / "tellal"
ONLY_FOR = {  # in their layers
    "babel": {"build_report"},
    "duckdb": {"build_report"},
    "pymediainfo": {"api"},
    "pypdf": {"api"},
    "re2": {"api", "apply_rules"},
}
ALONE = """
def refuse(event, given):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.sendto", "socket.sendmsg"):
        raise RuntimeError(f"{event} while importing")
sys.addaudithook(refuse)
"""
FIND = """
import importlib.util, json
missing = [name for name in json.loads(sys.argv[1]) if importlib.util.find_spec(name) is None]
assert not missing, missing
"""


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_handler_imports_without_environment_network_or_anything_but_its_layers(
    runtime: Runtime, function: str
) -> None:
    runtime.run(f"{ALONE}import handler; handler.handler", function=function, environment={})


def test_who_clicks_waits_for_neither_models_nor_the_sdk(runtime: Runtime) -> None:
    loaded = "import handler; assert not {'pydantic', 'boto3', 'botocore'} & set(sys.modules)"
    runtime.run(loaded, function="follow_link")
    with pytest.raises(RuntimeError, match="AssertionError"):
        runtime.run(loaded, function="count_click")


def test_a_worker_has_nothing_of_what_only_this_checkout_has(runtime: Runtime) -> None:
    with pytest.raises(RuntimeError, match="pytest"):
        runtime.run(FIND, json.dumps(["pytest"]), function="build_report", environment={})


def test_every_package_we_ever_import_is_in_a_layer_or_the_runtime(runtime: Runtime) -> None:
    """Those that are imported inside a function too: a handler's own import does not meet them."""
    names = sorted({name for path in PACKAGE.rglob("*.py") for name in imported(path)})
    assert {"boto3", "httpx", *ONLY_FOR} <= set(names)
    for function in sorted(set().union(*ONLY_FOR.values())):
        worn = [name for name in names if function in ONLY_FOR.get(name, {function})]
        runtime.run(FIND, json.dumps(worn), function=function, environment={})


def test_one_module_reads_the_environment() -> None:
    sources = [*PACKAGE.rglob("*.py"), *ROOT.glob("functions/*/*.py")]
    reading = [path for path in sources if reads_environment(path)]
    assert reading == [PACKAGE / "environment.py"]


def imported(path: Path) -> Iterator[str]:
    """Top-level names of what a module imports when it runs, the standard library left out."""
    for node in running(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names = [each.name for each in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
        else:
            continue
        yield from {name.partition(".")[0] for name in names} - sys.stdlib_module_names


def running(node: ast.AST) -> Iterator[ast.AST]:
    """A tree without what stands under `if TYPE_CHECKING`."""
    yield node
    only_typed = isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
    children = node.orelse if isinstance(node, ast.If) and only_typed else None
    for child in ast.iter_child_nodes(node) if children is None else children:
        yield from running(child)


def reads_environment(path: Path) -> bool:
    return any(
        isinstance(node, ast.Attribute | ast.Name | ast.alias)
        and ast.unparse(node).rpartition(".")[2] in {"environ", "getenv"}
        for node in ast.walk(ast.parse(path.read_text()))
    )
