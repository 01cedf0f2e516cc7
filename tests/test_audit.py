"""The audit of the locked packages: what it says, and that it is silent neither on what is known nor on what is not."""

import importlib.util
import json
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SPEC = importlib.util.spec_from_file_location("audit", ROOT / "script" / "audit.py")
assert SPEC is not None
assert SPEC.loader is not None
script = importlib.util.module_from_spec(SPEC)
sys.modules["audit"] = script
SPEC.loader.exec_module(script)

WELL = {"name": "a", "version": "1", "vulns": []}
ILL = {"name": "b", "version": "2", "vulns": [{"id": "PYSEC-1", "fix_versions": ["3", "4"]}]}
NO_FIX = {"name": "c", "version": "3", "vulns": [{"id": "PYSEC-2", "fix_versions": []}]}
UNKNOWN = {"name": "d", "skip_reason": "not found"}


def stand_in(tmp_path, body):
    program = tmp_path / "pip-audit"
    program.write_text(f"#!{sys.executable}\n{body}\n")
    program.chmod(0o700)
    return program


def saying(tmp_path, *packages, code=0):
    body = f"import sys; print({json.dumps({'dependencies': packages})!r}); sys.exit({code})"
    return stand_in(tmp_path, body)


def test_a_vulnerability_with_a_mend_fails(tmp_path):
    found = script.audit(saying(tmp_path, WELL, ILL, code=1))
    assert (found.fixable, found.asked) == (True, 2)
    assert script.report(found) == "b 2: PYSEC-1, mended in 3, 4\n1 known vulnerabilities in 2 packages"


def test_one_without_a_mend_is_told_only(tmp_path):
    found = script.audit(saying(tmp_path, NO_FIX, UNKNOWN, code=1))
    assert not found.fixable
    assert "c 3: PYSEC-2, no version mends it yet" in script.report(found)
    assert "1 packages, 1 unknown" in script.report(found)


def test_a_service_that_knows_nothing_is_no_good_news(tmp_path):
    assert script.report(script.audit(saying(tmp_path, UNKNOWN, UNKNOWN))).startswith("not audited: the service")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("import sys; sys.exit('ConnectionError: no network')", "no report: ConnectionError: no network"),
        ("print('[]')", "no report: it said nothing"),
        ("print('{')", "no report: it said nothing"),
        ("import signal; signal.pause()", "no answer within 2 s"),
    ],
)
def test_where_it_cannot_be_asked_it_says_so(tmp_path, body, said):
    found = script.audit(stand_in(tmp_path, body), seconds=2)
    assert (script.report(found), found.fixable) == (f"not audited: {said}", False)


def test_without_pip_audit_it_says_so(tmp_path):
    assert script.report(script.audit(tmp_path / "none")) == "not audited: pip-audit is not installed here"


def test_the_tests_are_advised_and_never_judged_by_it(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(script.sys, "executable", str(saying(tmp_path, ILL, code=1).parent / "python"))
    assert script.main(["--advise"]) == 0
    assert script.main([]) == 1
    assert capsys.readouterr().out.count("PYSEC-1") == 2
    assert "script/audit.py --advise" in (ROOT / "script" / "test").read_text(encoding="utf-8")
