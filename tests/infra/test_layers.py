"""The layers: small enough, free of what a build leaves behind, built once."""

import json
from collections.abc import Mapping
from importlib.util import cache_from_source
from pathlib import Path
from typing import Any

import pytest

from infra.layers import built
from tests.infra.synthesised import Synthesised

MOST_UNZIPPED = 200 * 1024 * 1024  # AWS refuses at 250, the function's own code included


def test_every_functions_layers_fit(stacks: Synthesised) -> None:
    folders = {name: folder_of(stacks, layer) for name, layer in layers(stacks).items()}
    sizes = {name: size(folder) for name, folder in folders.items()}
    for name, function in stacks.functions().items():
        worn = [layer["Ref"] for layer in function["Layers"]]
        assert sum(sizes[layer] for layer in worn) < MOST_UNZIPPED, name


@pytest.mark.parametrize(
    ("layer", "wearers"),
    [
        ("Reports", {"build_report"}),
        ("Media", {"api"}),
        ("Patterns", {"api", "apply_rules"}),
    ],
)
def test_what_few_need_is_worn_by_those_alone(
    stacks: Synthesised, layer: str, wearers: set[str]
) -> None:
    wearing = {
        name
        for name, function in stacks.functions().items()
        if any(layer in each["Ref"] for each in function["Layers"])
    }
    assert wearing == wearers


def test_layers_hold_no_notes_of_their_installer(stacks: Synthesised) -> None:
    for layer in layers(stacks).values():
        assert not [*folder_of(stacks, layer).rglob("RECORD")]


def test_every_module_has_bytecode_that_is_used_without_a_look_at_its_source(
    stacks: Synthesised,
) -> None:
    for layer in layers(stacks).values():
        folder = folder_of(stacks, layer)
        ours = [path for path in folder.rglob("*.py") if path.name != "__main__.py"]
        bytecode = {path: Path(cache_from_source(str(path))) for path in ours}
        assert not [path for path, compiled in bytecode.items() if not compiled.exists()]
        flags = {compiled.read_bytes()[4:8] for compiled in bytecode.values()}
        assert flags == {(1).to_bytes(4, "little")}  # PEP 552: by hash, unchecked


def test_our_package_is_where_lambda_looks(stacks: Synthesised) -> None:
    (ours,) = (layer for name, layer in layers(stacks).items() if name.startswith("TellalLayer"))
    assert (folder_of(stacks, ours) / "python" / "tellal" / "config.py").is_file()


def test_what_was_built_is_not_built_again() -> None:
    first = built("dependencies", local=False)
    made = first.stat().st_mtime_ns
    assert built("dependencies", local=False) == first
    assert first.stat().st_mtime_ns == made


def layers(stacks: Synthesised) -> Mapping[str, Mapping[str, Any]]:
    return stacks.all("AWS::Lambda::LayerVersion")


def folder_of(stacks: Synthesised, layer: Mapping[str, Any]) -> Path:
    key = layer["Content"]["S3Key"].removesuffix(".zip")
    (assets,) = stacks.folder.glob("*Service.assets.json")
    files = json.loads(assets.read_text())["files"]
    folder: Path = stacks.folder / files[key]["source"]["path"]
    return folder


def size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
