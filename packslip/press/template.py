"""Layout HTML: what Jinja may do in it, and filling it with a slip.

`{% if x %}` and `{% for %}` over declared variables, and nothing else: no filter, call, test, arithmetic, include, set
or macro. A slip's text is escaped, so it prints literally whatever it says. Logic lives in the decision tables.
"""

import difflib
from collections.abc import Callable, Collection, Iterator, Mapping
from functools import lru_cache

from jinja2 import StrictUndefined, Template, TemplateSyntaxError, Undefined, UndefinedError, nodes
from jinja2.runtime import LoopContext
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from packslip.library.layouts import Layout
from packslip.model import Finding, Slip, Where, error
from packslip.press.markup import check_markup
from packslip.press.skeleton import Filled
from packslip.press.weasy.slots import mark

#: What `loop.` offers inside a `{% for %}`.
LOOP_NAMES = frozenset({"first", "last", "index"})

DEEPEST_LOOP = 2
#: How deep a layout's statements and names may lie in each other: far beyond any layout, far below what Python bears.
DEEPEST = 50

_ALLOWED = (
    nodes.Template,
    nodes.Output,
    nodes.TemplateData,
    nodes.If,
    nodes.For,
    nodes.Name,
    nodes.Getattr,
    nodes.Not,
    nodes.And,
    nodes.Or,
)
_NAMES: Mapping[type[nodes.Node], str] = {
    nodes.Filter: "a filter",
    nodes.Call: "a call",
    nodes.Test: "a test",
    nodes.Compare: "a comparison",
    nodes.Getitem: "an index",
    nodes.Const: "a constant",
    nodes.CondExpr: "an inline if",
    nodes.Concat: "text joined with ~",
    nodes.BinExpr: "arithmetic",
    nodes.UnaryExpr: "arithmetic",
    nodes.Assign: "{% set %}",
    nodes.AssignBlock: "{% set %}",
    nodes.Include: "{% include %}",
    nodes.Import: "{% import %}",
    nodes.FromImport: "{% from %}",
    nodes.Extends: "{% extends %}",
    nodes.Block: "{% block %}",
    nodes.Macro: "{% macro %}",
    nodes.CallBlock: "{% call %}",
    nodes.FilterBlock: "{% filter %}",
    nodes.With: "{% with %}",
    nodes.ScopedEvalContextModifier: "{% autoescape %}",
}
_HINT = "a layout may say {{ variable }}, {% if variable %} and {% for item in variable %}; rules decide the rest"


class _Environment(ImmutableSandboxedEnvironment):
    """Dots look up keys of the slip, never attributes of Python objects."""

    def getattr(self, obj: object, attribute: str) -> object:
        """The value a path names."""
        match obj:
            case Mapping():
                return obj[attribute] if attribute in obj else self.undefined(obj=obj, name=attribute)
            case LoopContext() if attribute in LOOP_NAMES:
                return super().getattr(obj, attribute)
            case Undefined():
                return super().getattr(obj, attribute)
        return self.undefined(obj=obj, name=attribute)

    def getitem(self, obj: object, argument: object) -> object:
        """Nothing: layouts have no brackets."""
        return self.undefined(obj=obj, name=str(argument))


def _environment(finalize: Callable[[object], object] | None = None) -> _Environment:
    environment = _Environment(undefined=StrictUndefined, autoescape=True, auto_reload=False, finalize=finalize)
    for names in (environment.globals, environment.filters, environment.tests):
        names.clear()
    return environment


class _Words:
    """The words of the layout that is being filled with marks."""

    def __init__(self) -> None:
        self.values: list[str] = []

    def note(self, value: object) -> str:
        """The mark of a value, nothing where it is empty."""
        text = str(value)
        if not text:
            return text
        self.values.append(text)
        return Markup(mark(len(self.values) - 1))  # noqa: S704 -- a private character, not the value


_WORDS = _Words()
_ENVIRONMENT = _environment()
_MARKING = _environment(_WORDS.note)


def check_layout(layout: Layout, known_variables: Collection[str]) -> tuple[Finding, ...]:
    """Everything a layout's HTML says that it may not.

    `known_variables` are the paths a slip offers, lists without index (`lines`, `lines.name`, `copy.message.headline`).
    A path that others go through (`order` for `order.id`) is known with them, and `copy.*` stands for all below `copy`.
    """
    file = f"layouts/{layout.name}/slip.html"
    tree, findings = _parse(layout.html, file)
    if tree is None:
        return findings
    known = frozenset(known_variables) | {path.rpartition(".")[0] for path in known_variables}
    return (
        *_forbidden(tree, file),
        *_undeclared(tree, known, file),
        *check_markup(layout.html, file),
    )


def fill_layout(layout: Layout, slip: Slip) -> tuple[str | None, tuple[Finding, ...]]:
    """The HTML of one slip, or None where the layout asks for what there is not or may not be."""
    file = f"layouts/{layout.name}/slip.html"
    findings = _constructs(layout.html, file)
    if findings:
        return None, findings
    try:
        return _compile(layout.html).render(slip.namespace()), ()
    except UndefinedError as fault:
        line = _line_of(fault)
        message = f"a variable that this slip does not have: {fault.message}"
        return None, (error("variable.undefined", Where(file=file, line=line), message, "put it inside {% if … %}"),)


def mark_layout(layout: Layout, slip: Slip, before: Collection[str] = ()) -> Filled | None:
    """A layout filled with marks, None where `fill_layout` has something to say of it.

    `before` are words that have the first marks elsewhere.
    """
    if _constructs(layout.html, f"layouts/{layout.name}/slip.html"):
        return None
    values = [*before]
    _WORDS.values = values
    try:
        text = _compile_marking(layout.html).render(slip.namespace())
    except UndefinedError:
        return None
    finally:
        _WORDS.values = []
    return Filled(text, tuple(values))


def prepare_layout(layout: Layout) -> None:
    """Compile a layout's HTML, so that its first slip need not wait for it."""
    if not _constructs(layout.html, f"layouts/{layout.name}/slip.html"):
        _compile(layout.html)
        _compile_marking(layout.html)


@lru_cache(maxsize=64)
def _compile(html: str) -> Template:
    return _ENVIRONMENT.from_string(html)


@lru_cache(maxsize=64)
def _compile_marking(html: str) -> Template:
    return _MARKING.from_string(html)


@lru_cache(maxsize=64)
def _constructs(html: str, file: str) -> tuple[Finding, ...]:
    tree, findings = _parse(html, file)
    return findings if tree is None else tuple(_forbidden(tree, file))


def _parse(html: str, file: str) -> tuple[nodes.Template | None, tuple[Finding, ...]]:
    try:
        tree = _ENVIRONMENT.parse(html)
    except TemplateSyntaxError as fault:
        return None, (error("layout.syntax", Where(file=file, line=fault.lineno), str(fault.message), _HINT),)
    except RecursionError:
        tree = None
    if tree is None or _is_deep(tree):
        message = f"statements or names more than {DEEPEST} deep"
        return None, (error("layout.syntax", Where(file=file), message, _HINT),)
    return tree, ()


def _is_deep(tree: nodes.Template) -> bool:
    level: list[nodes.Node] = [tree]
    for _ in range(DEEPEST):
        level = [child for node in level for child in node.iter_child_nodes()]
        if not level:
            return False
    return True


def _line_of(fault: BaseException) -> int | None:
    """Line of the layout an error came from: Jinja rewrites the traceback's last frame of the template."""
    line, trace = None, fault.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == "<template>":
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


def _forbidden(node: nodes.Node, file: str, depth: int = 0) -> Iterator[Finding]:
    where = Where(file=file, line=node.lineno)
    if not isinstance(node, _ALLOWED):
        name = next((name for kind, name in _NAMES.items() if isinstance(node, kind)), type(node).__name__.lower())
        yield error("layout.construct", where, f"{name} is not allowed in a layout", _HINT)
        return
    if isinstance(node, nodes.For):
        depth += 1
        if node.recursive or node.test is not None or not isinstance(node.target, nodes.Name):
            yield error("layout.construct", where, "a loop with conditions or several names is not allowed", _HINT)
        elif depth > DEEPEST_LOOP:
            yield error("layout.construct", where, f"loops more than {DEEPEST_LOOP} deep are not allowed", _HINT)
    if isinstance(node, nodes.Getattr) and node.attr.startswith("_"):
        yield error("layout.construct", where, f"a name that begins with _ ({node.attr!r}) is not allowed", _HINT)
    for child in node.iter_child_nodes():
        yield from _forbidden(child, file, depth)


def _undeclared(
    node: nodes.Node, known: frozenset[str], file: str, loops: Mapping[str, str] | None = None
) -> Iterator[Finding]:
    loops = loops or {}
    match node:
        case nodes.For(target=nodes.Name() as target):
            yield from _undeclared(node.iter, known, file, loops)
            inner = {**loops, target.name: _path(node.iter, loops) or target.name, "loop": "loop"}
            for child in node.body:
                yield from _undeclared(child, known, file, inner)
            for child in node.else_:
                yield from _undeclared(child, known, file, loops)
        case nodes.Name() | nodes.Getattr():
            path = _path(node, loops)
            if path is not None and not _is_known(path, known, loops):
                yield _unknown(path, node, known, file)
        case _ if isinstance(node, _ALLOWED):
            for child in node.iter_child_nodes():
                yield from _undeclared(child, known, file, loops)


def _is_known(path: str, known: frozenset[str], loops: Mapping[str, str]) -> bool:
    head, _, rest = path.partition(".")
    if head == "loop" and "loop" in loops:
        return rest in LOOP_NAMES
    return path in known or any(path.startswith(name[:-1]) for name in known if name.endswith(".*"))


def _unknown(path: str, node: nodes.Node, known: frozenset[str], file: str) -> Finding:
    near = difflib.get_close_matches(path, sorted(known - {""}), n=1)
    hint = f"did you mean {near[0]!r}?" if near else "packslip variables lists what a layout may use"
    where = Where(file=file, line=node.lineno, spot=path)
    return error("variable.undeclared", where, f"no variable {path!r}", hint)


def _path(node: nodes.Node, loops: Mapping[str, str]) -> str | None:
    match node:
        case nodes.Name():
            return loops.get(node.name, node.name)
        case nodes.Getattr():
            base = _path(node.node, loops)
            return None if base is None else f"{base}.{node.attr}"
    return None
