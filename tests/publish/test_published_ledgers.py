"""What becomes of the published pages of a ledger's rows: a slip keeps them, a withdrawal does not."""

from __future__ import annotations

from pathlib import Path

from tests.support.publication import one_site

HEAD = "number,received,subject,text,visibility\n"
ROWS = {n: f"A{n},2026-11-10,来信甲{n},内容{n},\n" for n in (1, 2, 3)}


def test_a_slip_in_a_ledger_keeps_the_published_pages_and_a_withdrawal_does_not(tmp_path: Path) -> None:
    live = one_site(tmp_path)
    place, says = "content/cc/zxts/letters.csv", []

    def after(text: str) -> dict[str, str]:
        """Subject -> text of the letters' pages that readers see after a publication."""
        live.folder.write({place: text})
        live.run("build", code=None)
        says.append(live.run("publish", code=None))
        pages = [path.read_text() for path in (live.tree() / "zxts").glob("*.html") if len(path.stem) == 12]
        return {f"A{n}": page for n in ROWS for page in pages if f"<h1>来信甲{n}</h1>" in page}

    assert after(HEAD + "".join(ROWS.values())).keys() == {"A1", "A2", "A3"}
    # an error of form in a row: that one stays as it was, the others are new
    seen = after(HEAD + ROWS[1].replace("2026-11-10", "昨天") + ROWS[2].replace("内容2", "改过") + ROWS[3])
    assert seen.keys() == {"A1", "A2", "A3"}
    assert "内容1" in seen["A1"]
    assert "改过" in seen["A2"]
    assert f"{place}:2" in says[-1], "the line, not the number of the letter"
    # nothing of the ledger can be read
    for broken in ("number,recieved\n" + ROWS[1], '"number\n' + ROWS[1]):
        assert after(broken).keys() == {"A1", "A2", "A3"}
    assert after(broken.replace("\n", "\n\n")).keys() == {"A1", "A2", "A3"}
    # not public any more; not there any more
    seen = after(HEAD + ROWS[1].replace("内容1,", "内容1,private") + ROWS[2] + ROWS[3].replace("A3,", ",", 1))
    assert seen.keys() == {"A2"}
    assert "来信甲1" not in live.texts()
    # a page that is expunged would come back with the next publication, because its row is still there
    page = next(path for path in (live.tree() / "zxts").glob("*.html") if "<h1>来信甲2</h1>" in path.read_text())
    assert f"{place}:A2 还没有撤回" in live.run("expunge", "cc", f"/zxts/{page.name}", code=None)
