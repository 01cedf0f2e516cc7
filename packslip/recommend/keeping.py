"""Keeping: models in a private folder, each under the digest of what it holds, mapped into memory when it is asked.

A model is whole or not there: it is written aside and put in place by one rename. From which day on it serves stands in
it, so that all orders of a day are served by the same one, whenever a new one is made.
"""

import io
import json
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt

from packslip.disk import LOCAL
from packslip.errors import WorkspaceError
from packslip.files import private_folder, sha256, write_all
from packslip.recommend.links import Links
from packslip.recommend.model import Model, Recipe, Weighing

FORMAT = 1
MANIFEST = "manifest.json"

_FRESH = ".new-"
_ID_LENGTH = 16
_HINT = "packslip recommend build makes a new one"
_LINKS = ("coming", "together")
#: array → its type; what a link has stands below
_ARRAYS: Mapping[str, str] = {"popular": "<f4", "lasting": "<f4", "sold": "<i8", "first": "<i8"}
_LINK_ARRAYS: Mapping[str, str] = {"starts": "<i8", "items": "<i4", "weights": "<f4"}

_Array = npt.NDArray[np.generic]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What a kept model says of itself."""

    id: str
    until: date  #: it knows the sales of the days before
    serves_from: date
    built_at: datetime
    stores: Mapping[str, int]  #: products by store


def save(folder: Path, models: Mapping[str, Model], *, until: date, serves_from: date, built_at: datetime) -> Kept:
    """Keep the models of some stores together; the same models get the same id."""
    private_folder(folder)
    fresh = Path(tempfile.mkdtemp(dir=folder, prefix=_FRESH))
    try:
        files: dict[str, bytes] = {}
        for number, store in enumerate(sorted(models)):
            files |= {f"{number}-{name}": data for name, data in _files(models[store]).items()}
        told = {
            "format": FORMAT,
            "until": until.isoformat(),
            "serves_from": serves_from.isoformat(),
            "stores": {store: len(models[store].skus) for store in sorted(models)},
            "recipes": {store: asdict(models[store].recipe) for store in sorted(models)},
            "files": {name: sha256(data) for name, data in files.items()},
        }
        name = sha256(json.dumps(told, sort_keys=True).encode())[:_ID_LENGTH]
        told |= {"id": name, "built_at": built_at.isoformat()}
        manifest = json.dumps(told, sort_keys=True, indent=1).encode()
        write_all({fresh / each: data for each, data in {**files, MANIFEST: manifest}.items()})
        if (folder / name).exists():
            shutil.rmtree(folder / name)
        fresh.replace(folder / name)
        LOCAL.sync_folder(folder)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return _parsed(manifest)


def kept_models(folder: Path) -> tuple[Kept, ...]:
    """Every model in a folder, the one that serves latest last; what cannot be read is none."""
    found = []
    for path in folder.glob(f"*/{MANIFEST}"):
        if path.parent.name.startswith("."):
            continue
        try:
            kept = _parsed(path.read_bytes())
        except (OSError, WorkspaceError):
            continue
        if kept.id == path.parent.name:
            found.append(kept)
    return tuple(sorted(found, key=lambda kept: (kept.serves_from, kept.built_at, kept.id)))


def serving(models: Sequence[Kept], today: date) -> Kept | None:
    """The model that serves the orders of a day; None before the first one."""
    return next((kept for kept in reversed(models) if kept.serves_from <= today), None)


def load(folder: Path, kept: Kept) -> Mapping[str, Model]:
    """The models of a kept one by store, mapped into memory.

    Raises:
        WorkspaceError: it is not what it was when it was made.
    """
    home = folder / kept.id
    try:
        told = json.loads((home / MANIFEST).read_bytes())
        for name, digest in told["files"].items():
            if sha256((home / name).read_bytes()) != digest:
                raise WorkspaceError(f"model {kept.id}: {name} is damaged", hint=_HINT)
        return {
            store: _model(home, str(number), told["recipes"][store]) for number, store in enumerate(sorted(kept.stores))
        }
    except (OSError, ValueError, KeyError, TypeError) as fault:
        raise WorkspaceError(f"model {kept.id} cannot be read", hint=_HINT) from fault


def remove_old(folder: Path, today: date) -> int:
    """Remove what no order of today or later will be served by, and what a killed build left; how many models."""
    models = kept_models(folder)
    now = serving(models, today)
    old = [kept for kept in models if kept != now and kept.serves_from <= today]
    for kept in old:
        shutil.rmtree(folder / kept.id, ignore_errors=True)
    for left in folder.glob(f"{_FRESH}*"):
        shutil.rmtree(left, ignore_errors=True)
    return len(old)


def _files(model: Model) -> dict[str, bytes]:
    arrays: dict[str, _Array] = {name: getattr(model, name).astype(kind) for name, kind in _ARRAYS.items()}
    for link in _LINKS:
        for part, kind in _LINK_ARRAYS.items():
            arrays[f"{link}-{part}"] = getattr(getattr(model, link), part).astype(kind)
    files = {"skus.json": json.dumps(list(model.skus)).encode()}
    for name, array in arrays.items():
        stream = io.BytesIO()
        np.save(stream, array)
        files[f"{name}.npy"] = stream.getvalue()
    return files


def _model(home: Path, prefix: str, recipe: Mapping[str, object]) -> Model:
    def array(name: str) -> _Array:
        mapped: np.memmap = np.load(home / f"{prefix}-{name}.npy", mmap_mode="r")
        found: _Array = mapped.view(np.ndarray)  # the same memory, without what a memmap adds to each look
        return found

    def links(name: str) -> Links:
        return Links(**{part: array(f"{name}-{part}") for part in _LINK_ARRAYS})  # type: ignore[arg-type]

    weighing = recipe["weighing"]
    if not isinstance(weighing, dict):
        raise TypeError("weighing")
    return Model(
        skus=tuple(json.loads((home / f"{prefix}-skus.json").read_bytes())),
        recipe=Recipe(**{**recipe, "weighing": Weighing(**weighing)}),  # type: ignore[arg-type]
        coming=links("coming"),
        together=links("together"),
        **{name: array(name) for name in _ARRAYS},  # type: ignore[arg-type]
    )


def _parsed(manifest: bytes) -> Kept:
    try:
        told = json.loads(manifest)
        if told["format"] != FORMAT:
            raise WorkspaceError("a model of another packslip", hint=_HINT)
        return Kept(
            id=str(told["id"]),
            until=date.fromisoformat(told["until"]),
            serves_from=date.fromisoformat(told["serves_from"]),
            built_at=datetime.fromisoformat(told["built_at"]),
            stores={str(store): int(count) for store, count in told["stores"].items()},
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        raise WorkspaceError("a model's manifest cannot be read", hint=_HINT) from None
