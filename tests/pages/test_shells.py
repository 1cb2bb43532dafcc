"""The files of the pages: small, nothing from elsewhere, nothing inline, nothing that keeps or interprets text."""

import re

from fastapi import FastAPI
from starlette.testclient import TestClient

from app.pages.routes import FOLDER, CastCard, not_found_page, page_router, static_app

STYLES = sorted((FOLDER / "static").glob("*.css"))
SCRIPTS = sorted((FOLDER / "static").glob("*.js"))
TEMPLATES = sorted((FOLDER / "templates").glob("*.html"))


def client(*, demo: bool, display: str = "Ans") -> TestClient:
    """The shells alone."""
    app = FastAPI()
    card = CastCard("ans", display, "Medewerker", "Melden", "Ziet alleen de eigen melding.")
    app.include_router(page_router(demo=demo, cast=[card], organisation_names={}))
    app.mount("/static", static_app())
    return TestClient(app)


def test_all_style_sheets_together_stay_under_22_kib() -> None:
    assert 0 < sum(sheet.stat().st_size for sheet in STYLES) < 22 * 1024


def test_no_template_has_an_inline_script_style_or_handler() -> None:
    inline = re.compile(r"<style|\sstyle=|\son[a-z]+=|<script(?![^>]*\ssrc=)|javascript:", re.IGNORECASE)
    assert TEMPLATES
    assert [file.name for file in TEMPLATES if inline.search(file.read_text())] == []


def test_no_script_keeps_anything_or_makes_markup_of_text() -> None:
    never = re.compile(
        r"localStorage|sessionStorage|indexedDB|document\.cookie|innerHTML|outerHTML|insertAdjacentHTML|eval\(|blob:"
    )
    assert SCRIPTS
    assert [file.name for file in SCRIPTS if never.search(file.read_text())] == []


def test_every_page_and_file_says_its_character_set() -> None:
    desk = client(demo=True)
    files = [f"/static/{file.name}" for file in (FOLDER / "static").iterdir()]
    assert "/static/mark.svg" in files
    said = {path: desk.get(path).headers["content-type"] for path in ["/", "/melden", *files]}
    assert [path for path, kind in said.items() if not kind.endswith("; charset=utf-8")] == []


def test_a_page_is_the_same_for_everyone() -> None:
    desk = client(demo=True)
    assert desk.get("/melden").content == desk.get("/melden", headers={"Cookie": "__Host-x=1"}).content


def test_the_demonstration_says_what_it_is_and_production_shows_no_cast() -> None:
    bar = "Demonstratie: alle gegevens zijn verzonnen. Doe hier geen echte melding."
    assert bar in client(demo=True).get("/").text
    production = client(demo=False).get("/inloggen").text
    assert bar not in production
    assert "Ans" not in production


def test_in_production_one_issuer_is_one_button_and_more_are_a_list() -> None:
    def page(*sign_ins: tuple[str, str]) -> str:
        app = FastAPI()
        app.include_router(page_router(demo=False, cast=(), organisation_names={}, sign_ins=sign_ins))
        return TestClient(app).get("/inloggen").text

    emmen, noord = ("emmen", "Gemeente <b>Emmen</b>"), ("noord", "RIEC")
    assert page(emmen).count("data-issuer=") == 1
    assert "Inloggen met uw werkaccount" in page(emmen)
    assert page(emmen, noord).count("data-issuer=") == 2
    assert "Gemeente &lt;b&gt;Emmen&lt;/b&gt;" in page(emmen, noord)
    assert "data-issuer" not in page()
    assert "staat nog niet aan" in page()


def test_a_name_from_a_file_never_becomes_markup() -> None:
    page = client(demo=True, display="<img src=x>").get("/inloggen").text
    assert "<img" not in page
    assert "&lt;img" in page


def test_the_page_for_an_unknown_address_says_so_with_404() -> None:
    answer = not_found_page(demo=True)
    assert answer.status_code == 404
    assert "Deze pagina bestaat niet, of is niet voor u." in bytes(answer.body).decode()
