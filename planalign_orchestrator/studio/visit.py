"""What a page is given, forms and uploads above all, and what it answers.

Forms are bounded before the first byte is read; files go straight into a private folder of the workspace.
"""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractContextManager, asynccontextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import unquote_plus

from python_multipart import create_form_parser
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import Field, File
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from planalign_orchestrator.errors import ConfigurationError, PlanAlignError
from planalign_orchestrator.reports.results import Keep, RunResults, made_anew, open_results
from planalign_orchestrator.storage.durable import scratch_folder
from planalign_orchestrator.studio.workspace import Jobs, Workspace, named

MOST_FORM_BYTES = 4_194_304
MOST_UPLOAD_BYTES = 1_073_741_824


class TooLargeError(PlanAlignError):
    """A form or a file is larger than the studio takes, or does not say how large it is."""


@dataclass(frozen=True)
class Form:
    """What a form holds.

    Args:
        values: by field, in order.
        files: name and place of each uploaded file; gone when the request has been answered.
    """

    values: Mapping[str, list[str]] = field(default_factory=dict)
    files: list[tuple[str, Path]] = field(default_factory=list)

    def get(self, name: str, otherwise: str = "") -> str:
        """The last value of a field."""
        return self.values.get(name, [otherwise])[-1]


@dataclass(frozen=True)
class Visit:
    """A request for a page.

    Args:
        workspace: what there is.
        jobs: what the studio has started.
        names: the parts of the address.
        query: what follows its question mark.
        form: what was sent.
    """

    workspace: Workspace
    jobs: Jobs
    names: Mapping[str, str]
    query: QueryParams
    form: Form = field(default_factory=Form)

    @property
    def name(self) -> str:
        """The name in the address."""
        return self.names["name"]

    def result(self) -> AbstractContextManager[RunResults]:
        """The result of the run in the address, while the block runs."""
        return open_results(named(self.workspace.results(), self.name, "run"))


@dataclass(frozen=True)
class View:
    """A page.

    Args:
        template: that shows it.
        shown: what the template is given.
        command: the same on the command line.
        data: what that prints with ``--json``; None where it has no such flag.
        status: of the answer.
    """

    template: str
    shown: Mapping[str, Any]
    command: str = ""
    data: Any = None
    status: int = 200


class GoTo(RedirectResponse):
    """Another page to go to, after a change was made."""

    def __init__(self, address: str) -> None:
        super().__init__(address, status_code=303)


@lru_cache(maxsize=64)
def remembered(make: Callable[[RunResults], Any], root: Path, written: int, keep: Keep = made_anew) -> Any:
    """What is made of a result, remembered until another one is there; see ``dated``."""
    with open_results(root, keep=keep) as results:
        return make(results)


Answer: TypeAlias = View | Response
Handler: TypeAlias = Callable[[Visit], Answer]
PageRoute: TypeAlias = tuple[str, str, Handler]
"""The method, the address, and what answers."""


@asynccontextmanager
async def form_of(request: Request, workspace: Workspace) -> AsyncIterator[Form]:
    """The form of a request, empty unless one is posted, and its files while the block runs.

    Raises:
        TooLargeError: it is too large; nothing of it has been read.
        ConfigurationError: it is no form.
    """
    if request.method != "POST":
        yield Form()
        return
    kind = request.headers.get("content-type", "")
    uploads = kind.startswith("multipart/form-data")
    length, most = request.headers.get("content-length", ""), MOST_UPLOAD_BYTES if uploads else MOST_FORM_BYTES
    if not length.isdecimal() or int(length) > most:
        raise TooLargeError.told("too large", what="files of at most 1 GiB" if uploads else "forms of at most 4 MiB")
    values: dict[str, list[str]] = {}
    files: list[File] = []

    def on_field(found: Field) -> None:
        name, value = map(_text if uploads else _unquoted, (found.field_name, found.value))
        values.setdefault(name, []).append(value)

    with scratch_folder(workspace.private) as folder:
        config = {"UPLOAD_DIR": str(folder), "UPLOAD_DELETE_TMP": False, "MAX_MEMORY_FILE_SIZE": 0}
        try:
            parser = create_form_parser({"Content-Type": kind.encode()}, on_field, files.append, config=config)
            async for chunk in request.stream():
                parser.write(chunk)
            parser.finalize()
        except (FormParserError, ValueError) as error:
            raise ConfigurationError("the form cannot be read", remedy="Go back, and send it again.") from error
        yield Form(values, [_kept(one) for one in files if one.file_name])


def together(*columns: Sequence[Any]) -> list[tuple[Any, ...]]:
    """The rows of columns that a page shows and has sent.

    Raises:
        ConfigurationError: they are not of equal length, as the page showed something else.
    """
    try:
        return list(zip(*columns, strict=True))
    except ValueError as error:
        raise ConfigurationError.told("another form") from error


def _kept(file: File) -> tuple[str, Path]:
    if file.in_memory:
        file.flush_to_disk()
    file.close()
    return _text(file.file_name), Path(_text(file.actual_file_name))


def _unquoted(value: bytes | None) -> str:
    return unquote_plus((value or b"").decode("ascii", "replace"))


def _text(value: bytes | None) -> str:
    return (value or b"").decode("utf-8", "replace")
