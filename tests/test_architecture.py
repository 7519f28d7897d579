"""The structure that the design promises: imports point one way, no cycles, small files, small functions."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "monitor"

LAYERS = [
    {"__main__"},
    {"cli"},
    {"service", "workbench"},
    {"desk"},
    {"pipeline", "rulebook"},
    {"amending", "answering", "telling"},
    {"showing"},
    {"sources", "mention", "match", "incident", "alert"},
    {"store"},
    {"config", "text", "log"},
    {"toml"},
    {"model", "errors"},
]
"""Each line may import the lines below it, never its own or above; inside a package files may import each other."""
MAX_FILE_LINES = 400
MAX_FUNCTION_LINES = 60

FILES = sorted(PACKAGE.rglob("*.py"))


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(path: Path) -> Iterator[str]:
    known = {module_name(file) for file in FILES}
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.split(".")[0] == "monitor")
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "monitor":
            assert node.module is not None
            for alias in node.names:
                name = f"{node.module}.{alias.name}"
                yield name if name in known else node.module


def layer(module: str) -> int:
    head = module.split(".")[1] if "." in module else "__init__"
    for number, names in enumerate(LAYERS):
        if head in names:
            return number
    pytest.fail(f"{module} stands in no layer: add it to LAYERS or move it")


@pytest.mark.parametrize("path", FILES, ids=module_name)
def test_imports_point_down(path: Path) -> None:
    here = module_name(path)
    if here == "monitor":
        return
    for there in imports(path):
        same_package = here.split(".")[1] == there.split(".")[1]
        assert same_package or layer(there) > layer(here), f"{here} imports {there}, which stands beside or above it"


def test_no_module_imports_itself_in_a_circle() -> None:
    graph = {module_name(path): set(imports(path)) - {module_name(path)} for path in FILES}

    def walk(module: str, trail: tuple[str, ...]) -> None:
        assert module not in trail, " -> ".join((*trail, module))
        for target in sorted(graph.get(module, ())):
            if target not in done:
                walk(target, (*trail, module))
        done.add(module)

    done: set[str] = set()
    for module in sorted(graph):
        walk(module, ())


@pytest.mark.parametrize("path", FILES, ids=module_name)
def test_files_and_functions_stay_small(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    assert len(source.splitlines()) <= MAX_FILE_LINES
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert node.end_lineno is not None
            assert node.end_lineno - node.lineno < MAX_FUNCTION_LINES, f"{node.name} is too long"
