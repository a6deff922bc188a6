"""Every check of the project, each in an environment of its own.

`nox` alone runs what a change must pass: the tests on each Python found here, lint and types.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import nox

nox.needs_version = ">=2025.10"
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.reuse_venv = "yes"
nox.options.sessions = ["tests", "lint", "types"]

PYTHONS = ("3.11", "3.12", "3.13")
PROJECT = nox.project.load_toml("pyproject.toml")


def find(version: str) -> Path | None:
    """Find an interpreter that is not only on the PATH or under pyenv, but runs."""
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    name = f"python{version}"
    on_path = shutil.which(name)
    candidates = [Path(on_path)] if on_path else []
    candidates += sorted(pyenv.glob(f"versions/{version}.*/bin/{name}"))
    for python in candidates:
        # On the PATH there may be pyenv's shim of a version that is switched off: it refuses.
        if subprocess.run([python, "-c", ""], check=False, capture_output=True).returncode == 0:
            return python
    return None


FOUND = {version: python for version in PYTHONS if (python := find(version))}
# nox looks for interpreters on the PATH alone.
os.environ["PATH"] = os.pathsep.join(
    [*dict.fromkeys(str(python.parent) for python in FOUND.values()), os.environ["PATH"]]
)


def install(session: nox.Session, *groups: str) -> None:
    """Install the project as a developer has it, and the groups of tools."""
    tools = nox.project.dependency_groups(PROJECT, *groups)
    session.install("--editable", ".[all,test]", *tools)


@nox.session(python=list(FOUND))
def tests(session: nox.Session) -> None:
    """Run the tests; arguments after `--` go to pytest."""
    install(session)
    session.run("pytest", "--numprocesses=auto", *session.posargs)


@nox.session
def coverage(session: nox.Session) -> None:
    """Run the tests and show the lines and branches that none of them reached."""
    install(session)
    session.run("coverage", "erase")
    session.run("coverage", "run", "-m", "pytest", *session.posargs)
    session.run("coverage", "combine", "--quiet")
    session.run("coverage", "report")


@nox.session
def lint(session: nox.Session) -> None:
    """Check style, format, spelling, and that the arrows between modules point one way."""
    install(session, "lint")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("codespell")
    session.run("lint-imports")


@nox.session
def types(session: nox.Session) -> None:
    """Check the package with two strict type checkers, and how it is used with one of them."""
    install(session, "types")
    session.run("pyright")
    session.run("mypy")


@nox.session
def bench(session: nox.Session) -> None:
    """Measure the figures that the project promises; arguments name single benchmarks."""
    install(session)
    session.run("python", "-m", "benchmarks", *session.posargs)


@nox.session
def simulate(session: nox.Session) -> None:
    """Let 10,000 drawn worlds happen to budget and gate, and judge what left."""
    install(session)
    session.run("python", "-m", "benchmarks.simulate", *session.posargs)


@nox.session
def crash(session: nox.Session) -> None:
    """Kill imports at 400 instants, and see that each of them ends exact."""
    install(session)
    session.run("python", "-m", "benchmarks.crash", *session.posargs)


@nox.session(reuse_venv=False)
def nodev(session: nox.Session) -> None:
    """Try the wheel as a user gets it, built from the sdist: without extras, then with `[cli]`."""
    session.install("build")
    work = Path(session.create_tmp()).resolve()
    session.run("python", "-m", "build", "--outdir", str(work / "dist"), silent=True)
    (wheel,) = (work / "dist").glob("*.whl")
    # A second environment, with the pip that comes with Python, holds nothing but the wheel.
    session.run("python", "-m", "venv", "--clear", str(work / "venv"))
    scripts = work / "venv" / ("Scripts" if os.name == "nt" else "bin")

    def user(command: str, *arguments: str) -> None:
        session.run(str(scripts / command), *arguments, external=True, silent=True)

    # From elsewhere, or Python would find the package of the working directory first.
    with session.chdir(work):
        user("python", "-m", "pip", "install", str(wheel))
        user("python", "-c", "import systeme_async, systeme_async.testing")
        user("python", "-m", "pip", "install", f"{wheel}[cli]")
        user("systeme", "--help")
