"""The snippet in a page, run by Node: what it keeps, for how long, and what it tells."""

import json
import subprocess
import sys
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

NODE = Path(sys.executable).parent / "node"  # of the CDK's own package
NOW = "2026-01-02T10:00:00.000Z"
PAGE = """
const [given, search, stored, now, what, answer] = JSON.parse(process.argv[2]);
const RealDate = Date;
globalThis.Date = class extends RealDate {
  constructor(...given) { super(...(given.length ? given : [now])); }
  static now() { return new RealDate(now).getTime(); }
};
const held = new Map(Object.entries(stored || {}));
globalThis.window = globalThis;
globalThis.location = { search };
const storage = {
  getItem: (name) => (held.has(name) ? held.get(name) : null),
  setItem: (name, text) => held.set(name, text),
  removeItem: (name) => held.delete(name),
};
if (stored === null) {
  Object.defineProperty(globalThis, "localStorage", {
    configurable: true,
    get() { throw new Error("storage is off"); },
  });
} else {
  Object.defineProperty(globalThis, "localStorage", { configurable: true, value: storage });
}
const asked = [];
globalThis.fetch = (url, options) => {
  asked.push({ url, ...options, body: JSON.parse(options.body) });
  return Promise.resolve({ ok: answer < 300, status: answer, json: () => ({ id: "1" }) });
};
SNIPPET
const done = (result) =>
  process.stdout.write(JSON.stringify({ held: Object.fromEntries(held), asked, result }));
if (what === null) done(null);
else globalThis.tellal.convert(what).then(done, (error) => done(error.message));
"""


def run(
    search: str = "",
    *,
    stored: Mapping[str, str] | None = None,
    off: bool = False,
    days: int = 30,
    convert: Any = None,
    answer: int = 200,
) -> Any:
    """What is held and what was asked after a page with that query was opened."""
    snippet = files("tellal.api").joinpath("snippet.js").read_text("utf-8")
    given = {"url": "https://tellal.example/conversions/site/k", "days": days}
    page = PAGE.replace("SNIPPET", snippet.replace("__GIVEN__", json.dumps(given)))
    arguments = json.dumps([given, search, None if off else stored or {}, NOW, convert, answer])
    ran = subprocess.run(
        [NODE, "-", arguments], input=page, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


def touch(**facts: str) -> dict[str, str]:
    return {"tellal.touch": json.dumps(facts)}


def test_by_what_a_visitor_came_is_kept_with_its_time() -> None:
    held = run("?utm_source=mastodon&utm_campaign=spring&tl=k3x9&gclid=secret&utm_term=shoes")
    assert json.loads(held["held"]["tellal.touch"]) == {
        "source": "mastodon",
        "campaign": "spring",
        "code": "k3x9",
        "at": NOW,
    }
    assert held["asked"] == []


def test_the_last_touch_takes_the_place_of_the_one_before() -> None:
    before = touch(source="x", at="2026-01-01T10:00:00.000Z")
    assert "bluesky" in run("?utm_source=bluesky", stored=before)["held"]["tellal.touch"]


def test_a_visit_without_any_leaves_what_is_kept() -> None:
    before = touch(source="x", at="2026-01-01T10:00:00.000Z")
    assert run("?page=2&utm_source=", stored=before)["held"] == before
    assert run("?page=2")["held"] == {}


def test_a_conversion_is_told_with_what_was_kept() -> None:
    before = {"source": "x", "at": "2026-01-01T10:00:00.000Z"}
    what = {"id": 7, "stage": "sale", "value": 12.5, "currency": "EUR"}
    [asked] = run(stored=touch(**before), convert=what)["asked"]
    assert asked["url"] == "https://tellal.example/conversions/site/k"
    assert (asked["method"], asked["credentials"]) == ("POST", "omit")
    assert asked["headers"] == {"Content-Type": "application/json"}
    assert asked["body"] == {
        "id": "7",
        "stage": "sale",
        "value": "12.5",
        "currency": "EUR",
        "touches": [before],
    }


def test_a_lead_without_a_value_has_none_and_without_a_touch_no_touch() -> None:
    [asked] = run(convert={"id": "1", "stage": "lead"})["asked"]
    assert asked["body"] == {"id": "1", "stage": "lead", "touches": []}


def test_what_is_older_than_the_window_is_neither_told_nor_kept() -> None:
    before = touch(source="x", at="2025-12-31T10:00:00.000Z")
    lead = {"id": "1", "stage": "lead"}
    assert run(stored=before, days=2, convert=lead)["asked"][0]["body"]["touches"]
    late = run(stored=before, days=1, convert=lead)
    assert late["asked"][0]["body"]["touches"] == []
    assert late["held"] == {}


def test_where_storage_is_off_the_page_itself_still_knows() -> None:
    lead = {"id": "1", "stage": "lead"}
    [asked] = run("?utm_source=x", off=True, convert=lead)["asked"]
    assert asked["body"]["touches"] == [{"source": "x", "at": NOW}]
    assert run(off=True, convert=lead)["asked"][0]["body"]["touches"] == []


def test_what_is_not_ours_in_the_storage_is_thrown_away() -> None:
    lead = {"id": "1", "stage": "lead"}
    for text in ("{", "null", "7", '{"at": "never"}'):
        ran = run(stored={"tellal.touch": text, "other": "theirs"}, convert=lead)
        assert ran["asked"][0]["body"]["touches"] == []
        assert ran["held"]["other"] == "theirs"


def test_values_are_as_long_as_the_api_takes_them() -> None:
    held = json.loads(run(f"?utm_campaign={'x' * 5000}")["held"]["tellal.touch"])
    assert len(held["campaign"]) == 200


def test_a_refusal_is_told_to_the_page() -> None:
    lead = {"id": "1", "stage": "lead"}
    assert run(convert=lead, answer=403)["result"] == "Tellal did not take it: 403"
    assert run(convert=lead)["result"] == {"id": "1"}
