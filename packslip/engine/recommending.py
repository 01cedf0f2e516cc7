"""Recommending: the model that serves an order's day, beside the catalogue; the history asks it for every order.

Which model serves a day stands in the models, so orders of one day get the same answer in any order of work. A new
model is found between two orders; one that is damaged serves nobody, and the history counts instead.
"""

import logging
import threading
from collections.abc import Mapping
from datetime import date

from packslip.errors import WorkspaceError
from packslip.library.catalogue import Catalogue
from packslip.recommend import Advice, Kept, Model, ModelShelf, Occasion, advise, kept_models, load, serving
from packslip.world import Workspace

log = logging.getLogger("packslip.engine")

_MOST_SHELVES = 16
_MOST_MODELS = 4


class Recommender:
    """Advises on what to recommend; safe with several threads."""

    def __init__(self, workspace: Workspace) -> None:
        self._folder = workspace.models
        self._lock = threading.Lock()
        self._stamp: tuple[int, int] | None = None
        self._kept: tuple[Kept, ...] = ()
        self._models: dict[str, Mapping[str, Model]] = {}
        self._shelves: dict[tuple[str, str, str, date], tuple[Catalogue, ModelShelf]] = {}

    def __call__(self, occasion: Occasion, catalogue: Catalogue) -> Advice | None:
        """What a model says, None where none serves that day and store."""
        with self._lock:
            shelf = self._shelf(occasion, catalogue)
        return None if shelf is None else advise(shelf, occasion)

    def _shelf(self, occasion: Occasion, catalogue: Catalogue) -> ModelShelf | None:
        self._look()
        kept = serving(self._kept, occasion.today)
        if kept is None or occasion.store not in kept.stores:
            return None
        key = kept.id, occasion.store, occasion.currency, occasion.today
        known = self._shelves.get(key)
        if known is not None and known[0] is catalogue:
            return known[1]
        model = self._load(kept).get(occasion.store)
        if model is None:
            return None
        shelf = ModelShelf(
            model,
            catalogue,
            name=kept.id,
            store=occasion.store,
            currency=occasion.currency,
            today=occasion.today,
        )
        if len(self._shelves) >= _MOST_SHELVES:
            self._shelves.clear()
        self._shelves[key] = catalogue, shelf
        return shelf

    def _look(self) -> None:
        """List the models where that may have changed."""
        try:
            status = self._folder.stat()
        except FileNotFoundError:
            self._kept, self._stamp = (), None
            return
        stamp = status.st_ino, status.st_mtime_ns
        if stamp != self._stamp:
            self._kept, self._stamp = kept_models(self._folder), stamp

    def _load(self, kept: Kept) -> Mapping[str, Model]:
        known = self._models.get(kept.id)
        if known is None:
            try:
                known = load(self._folder, kept)
            except WorkspaceError as fault:
                log.warning("%s", fault)
                known = {}
            if len(self._models) >= _MOST_MODELS:
                self._models.clear()
            self._models[kept.id] = known
        return known
