"""There is one way out to addresses that people and platforms give, and it is guarded.

Mastodon's servers and Bluesky's hosts are typed in; the home of an account stands in its DID
document; upload addresses come in answers (YouTube, TikTok, LinkedIn). All of them are called
through `Calls`, whose client `wiring.http` makes in `fetching`: whoever makes another one, or
brings another library that could, meets this test.
"""

import ast
import importlib
import pkgutil
from collections.abc import Iterator
from pathlib import Path

import pytest

import tellal
from bench.runtime import ROOT
from tellal import wiring
from tellal.config import Settings
from tellal.errors import Rejected

LAYER = ROOT / "layers" / "tellal" / "python"
PRODUCT = (*sorted(LAYER.rglob("*.py")), *sorted(ROOT.glob("functions/*/*.py")))
FETCHING, WIRING = LAYER / "tellal" / "fetching.py", LAYER / "tellal" / "wiring" / "ground.py"
SIGNED, REDIRECTS = (LAYER / "tellal" / "stores" / f"{n}.py" for n in ("signed", "redirects"))

# What can open a connection, beside httpx: the standard library's, and what lies in a layer.
OPENING = {"httpcore", "socket", "ssl", "asyncio", "urllib3", "requests", "aiohttp", "http.client"}
OPENING |= {"urllib.request", "ftplib", "smtplib", "poplib", "imaplib", "telnetlib", "xmlrpc"}
# What of httpx makes a client, or is a call by one that it makes by itself.
CLIENTS = {"Client", "AsyncClient", "HTTPTransport", "AsyncHTTPTransport", "WSGITransport"}
CLIENTS |= {"get", "post", "put", "patch", "delete", "head", "options", "request", "stream"}


def opens(path: Path) -> Iterator[str]:
    """What in a module could open a connection: `httpx.Client`, `socket`, and where."""
    tree = ast.parse(path.read_text())
    names, types = {"httpx"}, set(_types(tree))
    for node in ast.walk(tree):
        match node:
            case ast.Import():
                for each in node.names:
                    if each.name == "httpx" and each.asname:
                        names.add(each.asname)
                    yield from (name for name in OPENING if _is_in(each.name, name))
            case ast.ImportFrom(module=str(module)):
                whole = [module, *(f"{module}.{each.name}" for each in node.names)]
                yield from {name for name in OPENING for each in whole if _is_in(each, name)}
                if module == "httpx":
                    yield from (f"httpx.{a.name}" for a in node.names if a.name in {*CLIENTS, "*"})
            case ast.Attribute(value=ast.Name(id=module), attr=attr) if node not in types:
                if module in names and attr in CLIENTS:
                    yield f"httpx.{attr}"


def _types(tree: ast.AST) -> Iterator[ast.AST]:
    """What only says of which type something is."""
    for node in ast.walk(tree):
        for name in ("annotation", "returns"):
            if stated := getattr(node, name, None):
                yield from ast.walk(stated)


def _is_in(imported: str, name: str) -> bool:
    return imported == name or imported.startswith(f"{name}.")


def test_no_module_of_the_product_opens_connections_but_the_guarded_client() -> None:
    opening = {path: set(opens(path)) for path in PRODUCT}
    assert {path: found for path, found in opening.items() if found} == {
        FETCHING: {"socket", "httpcore", "httpx.Client", "httpx.HTTPTransport"},
        WIRING: {"httpx.Client"},  # over a transport that a test puts in its place
        SIGNED: {"http.client"},  # to AWS alone: no address of people or platforms comes there
        REDIRECTS: {"http.client"},  # what it raises
    }


@pytest.mark.parametrize(
    "written",
    [
        "import httpx\nhttpx.get('https://example.com')",
        "import httpx as h\nh.Client()",
        "from httpx import AsyncClient",
        "from httpx import *",
        "import urllib.request",
        "from urllib import request",
        "from http import client",
        "import socket",
        "import requests",
        "def later():\n    import urllib3",
    ],
)
def test_another_way_out_would_be_seen(written: str, tmp_path: Path) -> None:
    module = tmp_path / "module.py"
    module.write_text(written)
    assert list(opens(module))


def test_all_of_the_product_is_looked_at() -> None:
    names = {each.name for each in pkgutil.walk_packages(tellal.__path__, "tellal.")}
    assert len(names) > 100
    for name in names:
        assert Path(str(importlib.import_module(name).__file__)) in PRODUCT


ENVIRONMENT = {
    name.upper(): "{}" if name == "tables" else "[]" if name.endswith(("urls", "names")) else "x"
    for name, field in Settings.model_fields.items()
    if field.is_required()
}


@pytest.fixture
def wired(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """As in a function on AWS: without the switch."""
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("ALLOW_LOOPBACK", raising=False)
    wiring.forget()
    yield
    wiring.forget()


@pytest.mark.parametrize("url", ["https://169.254.169.254/latest/meta-data/", "https://[::1]/"])
def test_the_products_client_reaches_the_public_internet_alone(wired: None, url: str) -> None:
    with pytest.raises(Rejected, match="not on the public internet"):
        wiring.http().get(url)
