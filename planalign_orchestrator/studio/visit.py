"""What a page is given, forms and uploads above all, and what it answers.

Forms are bounded before the first byte is read; an uploaded file has no name until it takes its place.
"""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractContextManager, asynccontextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from math import inf
from pathlib import Path
from typing import Any, TypeAlias

from starlette.datastructures import QueryParams, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from planalign_orchestrator.errors import ConfigurationError, PlanAlignError, instead_of
from planalign_orchestrator.reports.results import Keep, RunResults, made_anew, open_results
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
        files: those uploaded; gone when the request has been answered.
    """

    values: Mapping[str, list[str]] = field(default_factory=dict)
    files: list[UploadFile] = field(default_factory=list)

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
async def form_of(request: Request) -> AsyncIterator[Form]:
    """The form of a request, empty unless one is posted, and its files while the block runs.

    Raises:
        TooLargeError: it is too large; nothing of it has been read.
        ConfigurationError: it is no form.
    """
    if request.method != "POST":
        yield Form()
        return
    uploads = request.headers.get("content-type", "").startswith("multipart/form-data")
    length, most = request.headers.get("content-length", ""), MOST_UPLOAD_BYTES if uploads else MOST_FORM_BYTES
    if not length.isdecimal() or int(length) > most:
        raise TooLargeError.told("too large", what="files of at most 1 GiB" if uploads else "forms of at most 4 MiB")
    with instead_of(HTTPException, ConfigurationError.told, "unreadable form"):
        sent = await request.form(max_files=1, max_fields=inf, max_part_size=MOST_FORM_BYTES)
    try:
        values = {name: [one for one in sent.getlist(name) if isinstance(one, str)] for name in sent}
        yield Form(values, [one for _, one in sent.multi_items() if isinstance(one, UploadFile) and one.filename])
    finally:
        await sent.close()


def together(*columns: Sequence[Any]) -> list[tuple[Any, ...]]:
    """The rows of columns that a page shows and has sent.

    Raises:
        ConfigurationError: they are not of equal length, as the page showed something else.
    """
    with instead_of(ValueError, ConfigurationError.told, "another form"):
        return list(zip(*columns, strict=True))
