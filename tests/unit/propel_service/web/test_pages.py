import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urldefrag, urlsplit

import pytest

from propel_service.app import compose
from support.browser import Browser
from support.department import Department

HOSTILE = "<script>alert('x')</script>\"onload="
EXTERNAL = re.compile(r"(?:[a-z]+:)?//[a-z0-9]", re.IGNORECASE)
NAMESPACES = ("http://www.w3.org/2000/svg",)


class Document(HTMLParser):
    """Collects what a page links to, loads, and how it is built."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.assets: list[str] = []
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.attributes: list[str] = []
        self.ids: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note one element."""
        found = {name: value or "" for name, value in attrs}
        self.tags.append((tag, found))
        self.attributes += list(found)
        if "id" in found:
            self.ids.append(found["id"])
        if tag == "a":
            self.links.append(found["href"])
        if tag in ("script", "img", "link"):
            self.assets.append(found.get("src") or found.get("href"))


def browser_of(department: Department, spool: Path) -> Browser:
    """Return a browser on this computer, before `department`."""
    return Browser(compose(department, spool=spool))


@pytest.fixture
def browser(tmp_path: Path) -> Browser:
    """Return a browser before a department with frozen references."""
    return browser_of(Department(plans_a_centre=45), tmp_path)


@pytest.fixture
def slug() -> str:
    """Return the name of a panel."""
    return Department(plans_a_centre=4).panels()[0].key.slug


def pages(slug: str) -> tuple[str, ...]:
    """Return one address of each kind of page."""
    return (
        "/",
        "/plans",
        "/plans/1",
        f"/panels/{slug}",
        "/structures",
        "/quarantine",
        "/about",
        "/nowhere",
        "/api/docs",
    )


def test_every_page_is_free_of_external_addresses(browser: Browser, slug: str) -> None:
    """Nothing on any page may point outside: hospitals have no internet, and readers leave no trace elsewhere."""
    for path in pages(slug):
        text = browser.get(path).text
        for namespace in NAMESPACES:
            text = text.replace(namespace, "")
        assert not EXTERNAL.search(text), path


def test_own_assets_are_free_of_external_addresses() -> None:
    """Style sheet, scripts and pictures that we wrote must load nothing from outside."""
    folder = Path(__file__).parents[4] / "src" / "propel_service" / "web" / "static"
    found = [path for path in folder.iterdir() if path.is_file()]
    assert {path.suffix for path in found} == {".css", ".js", ".svg"}
    for path in found:
        text = re.sub(r"^\s*//.*$", "", path.read_text(), flags=re.MULTILINE)
        for words in (*NAMESPACES, "path://"):
            text = text.replace(words, "")
        assert not EXTERNAL.search(text), path.name


def test_pages_hold_no_inline_script_and_no_inline_style(browser: Browser, slug: str) -> None:
    """The content security policy forbids both, so a page that needed them would be broken."""
    for path in pages(slug):
        document = Document(browser.get(path).text)
        assert "style" not in document.attributes, path
        assert not [name for name in document.attributes if name.startswith("on")], path
        assert all("src" in found for tag, found in document.tags if tag == "script"), path
        assert "style" not in [tag for tag, _ in document.tags], path


def test_every_link_and_every_asset_resolves(browser: Browser, slug: str) -> None:
    """Following any link from any page must lead somewhere."""
    targets = set()
    for path in pages(slug):
        document = Document(browser.get(path).text)
        for link in (*document.links, *document.assets):
            address, fragment = urldefrag(link)
            assert not fragment or address or fragment in document.ids, (path, link)
            targets.add(address)
    plans = sorted(target for target in targets if re.fullmatch(r"/plans/\d+", target))
    for target in (targets - set(plans) - {""}) | {plans[0], plans[-1]}:
        assert browser.get(target).status_code == 200, target


def test_ids_are_unique_on_a_page(browser: Browser, slug: str) -> None:
    """Titles are found by id: a second element of that id would take its place."""
    for path in pages(slug):
        ids = Document(browser.get(path).text).ids
        assert len(ids) == len(set(ids)), path


def test_the_content_security_policy_is_on_every_answer(browser: Browser, slug: str) -> None:
    """Only what this service sends may be used by its pages, and no answer may be guessed at or framed."""
    for path in (*pages(slug), "/static/propel.css", "/health/live", "/api/v1/status"):
        headers = browser.get(path).headers
        assert headers["content-security-policy"].startswith("default-src 'self'; "), path
        assert "unsafe" not in headers["content-security-policy"], path
        assert headers["x-content-type-options"] == "nosniff", path
        assert headers["referrer-policy"] == "no-referrer", path


def test_hostile_names_stay_text_on_every_page(tmp_path: Path) -> None:
    """Plan labels, structure names, centres and messages come from files: none may become markup."""
    department = Department(plans_a_centre=25, label=HOSTILE, centres=(f"A{HOSTILE}", f"B{HOSTILE}"))
    browser = browser_of(department, tmp_path)
    for path in pages(department.panels()[0].key.slug):
        answer = browser.get(path)
        assert "<script>" not in answer.text, path
        document = Document(answer.text)
        assert not [name for name in document.attributes if name.startswith("on")], path


def test_the_first_page_shows_every_panel_with_its_table(browser: Browser) -> None:
    """Each panel must be there as a chart and as a table of all its points."""
    text = browser.get("/").text
    panels = Department(plans_a_centre=45).panels()
    assert text.count('class="chart"') == len(panels)
    assert text.count("<details><summary>Table of ") == len(panels)
    # Each point stands in its table; points with a value also on the chart.
    rows = sum(panel.plans for panel in panels)
    assert text.count('<td><a href="/plans/') == rows


def test_the_planted_shift_is_named_first(tmp_path: Path) -> None:
    """The three panels on which a centre moved must head the list of what changed, and name that centre."""
    text = browser_of(Department(plans_a_centre=62), tmp_path).get("/").text
    changed = text.partition("What changed")[2].partition("</ol>")[0]
    names = re.findall(r'class="name">([^<]+)<', changed)
    reasons = re.findall(r'class="why">([^<]+)<', changed)
    assert set(names[:3]) == {"Rectum V50Gy [%]", "Rectum mean dose [Gy]", "MCS"}
    assert all(reason.startswith("Southmere: ") for reason in reasons[:3])


def test_a_filter_narrows_the_panels(browser: Browser) -> None:
    """Site, technique and measure must each leave only what was asked for."""
    assert browser.get("/?site=breast").text.count('class="chart"') == 2
    assert browser.get("/?kind=overlap").text.count('class="chart"') == 1
    assert browser.get("/?site=breast&technique=VMAT").text.count('class="chart"') == 0


def test_an_empty_warehouse_says_what_to_do(tmp_path: Path) -> None:
    """The first thing a new user sees must be the next step."""
    text = browser_of(Department(plans_a_centre=0), tmp_path).get("/").text
    assert "propel ingest" in text
    assert "propel demo" in text


def test_synthetic_plans_are_marked_wherever_they_appear(browser: Browser, slug: str, tmp_path: Path) -> None:
    """Made-up data must never be taken for a patient's, nor a patient's for made-up."""
    shown = ("/", "/plans", "/plans/1", f"/panels/{slug}")
    real = browser_of(Department(plans_a_centre=25, synthetic=False), tmp_path)
    for path in shown:
        assert "Synthetic data." in browser.get(path).text, path
        assert "Synthetic data." not in real.get(path).text, path


def test_a_panel_says_what_it_judges_by(browser: Browser, slug: str) -> None:
    """Estimator, divisor, rules, law, reference period and number of plans must be on the page."""
    text = browser.get(f"/panels/{slug}").text
    for words in ("divisor exact", "mean moving range", "normal, fitted", "8 successive", "frozen", "Unusual, not bad"):
        assert words in text


def test_a_plan_page_shows_reasons_sources_and_provenance(browser: Browser) -> None:
    """A number that is missing says why; a classification says whence; every number says how."""
    plan = next(row for row in Department(plans_a_centre=45).plans(limit=200) if row.label == "P061")
    text = browser.get(f"/plans/{plan.plan_id}").text
    assert "coverage 0.91 is below 0.95" in text
    assert "Dose Reference, target prescription dose" in text
    assert "cd" * 32 in text
    assert "12" * 32 in text
    assert "not mapped" in text
    assert "The dose grid ends inside the body." in text


def test_charts_are_described_for_those_who_cannot_see_them(browser: Browser, slug: str) -> None:
    """Every drawing is an image with a title and a description, or is hidden from the reader's ear."""
    for path in ("/", "/plans/1", f"/panels/{slug}"):
        drawings = [found for tag, found in Document(browser.get(path).text).tags if tag == "svg"]
        assert all("aria-labelledby" in found or found.get("aria-hidden") == "true" for found in drawings), path


@pytest.mark.parametrize("path", ["/nowhere", "/plans/999999", "/plans/abc", "/panels/none", "/?page=0"])
def test_what_is_not_there_is_answered_with_a_page(browser: Browser, path: str) -> None:
    """A person who follows an old link must get words, not JSON."""
    answer = browser.get(path)
    assert answer.status_code in (404, 422)
    assert answer.headers["content-type"].startswith("text/html")
    assert "Back to the overview" in answer.text


def test_every_page_says_who_is_answered(browser: Browser, slug: str) -> None:
    """The footer must say that only this computer is answered, and what the software is not for."""
    for path in pages(slug)[:-1]:
        text = browser.get(path).text
        assert "answered on this computer only" in text, path
        assert "Not for clinical use outside a qualified installation" in text, path


def test_marked_assets_are_kept_and_others_are_not(browser: Browser) -> None:
    """A file whose address names its content may be kept for good; data of plans is never stored."""
    page = browser.get("/about")
    address = next(asset for asset in Document(page.text).assets if asset.startswith("/static/propel.css"))
    assert urlsplit(address).query.startswith("v=")
    assert "immutable" in browser.get(address).headers["cache-control"]
    assert browser.get("/static/propel.css").headers["cache-control"] == "no-cache"
    assert page.headers["cache-control"] == "no-store"
