"""The index: exact, independent of earlier states, and hardly changed by an edit."""

from __future__ import annotations

import json
import random
import shutil
import zlib
from pathlib import Path

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from lunr.builder import Builder
from lunr.query import QueryPresence

from jiyue.search import bits, fragments, periods, shards, suggest, tokenizer
from jiyue.search.build import build_index, merge
from jiyue.search.folder import FolderOutput
from jiyue.search.model import Promotion, SearchDoc, WriteOnly
from jiyue.search.node import ask
from jiyue.search.parts import parts_of
from jiyue.search.synonyms import Synonyms
from jiyue.search.totals import Totals
from jiyue.search.update import update_index
from tests.support.search import law, made_docs, real_texts

NO_SYNONYMS = Synonyms([])


class Store(dict[bytes, bytes]):
    """A token cache in memory."""

    def put(self, key: bytes, value: bytes) -> None:
        self[key] = value


def files(folder: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def built(docs: list[SearchDoc]) -> dict[str, bytes]:
    """The files of a clean build."""
    out: dict[str, bytes] = {}
    build_index(docs, WriteOnly(out.__setitem__), synonyms=NO_SYNONYMS, suggestions=False)
    return out


@given(st.lists(st.integers(0, 2**27)), st.integers(0, 20))
def test_bits_come_back(values: list[int], low: int) -> None:
    run = bits.EMPTY
    for value in values:
        run = bits.join(bits.join(run, bits.rice(value & 0xFFFF, low)), bits.gamma(value + 1))
    reader = bits.Reader(bits.pack(run))
    assert [(reader.rice(low), reader.gamma()) for _ in values] == [(value & 0xFFFF, value + 1) for value in values]


@settings(max_examples=50, deadline=None)
@given(
    st.dictionaries(st.integers(0, 2**32 - 1), st.sets(st.integers(0, 1000), min_size=1), max_size=20),
    st.integers(1, 9),
)
def test_shards_come_back(terms: dict[int, set[int]], count: int) -> None:
    layout = shards.Layout(count, 1024)
    for shard in range(count):
        entries = {
            term: shards.entry([number << 3 | number % 8 for number in sorted(numbers)])
            for term, numbers in terms.items()
            if layout.shard_of(term) == shard
        }
        assert shards.decode(shards.encode(entries, shard, layout), shard, layout) == entries


def test_long_lists_keep_their_best_in_the_shard() -> None:
    postings = [number << 3 | (7 if number % 10 == 0 else 1) for number in range(500)]
    count, shown = shards.entry(postings)
    assert (count, len(shown)) == (500, shards.BEST)
    assert sum(posting & 7 == 7 for posting in shown) == 50
    layout = shards.Layout(1, 512)
    assert shards.decode_long(shards.encode_long(postings, layout), 500, layout) == postings


def test_numbers_are_in_order_of_date_and_fit() -> None:
    rnd = random.Random(3)
    rows = [(f"2025-03-{rnd.randint(1, 31):02d}", f"id{number}", "", rnd.choice((1, 1, 5))) for number in range(200)]
    dates = {id_: date for date, id_, _, _ in rows}
    numbered = periods.numbered(rows)
    numbers = [number for row in numbered for number in range(row.number, row.number + row.width)]
    assert numbers == sorted(set(numbers)) and numbers[-1] < periods.capacity(len(numbers))
    assert [dates[row.id] for row in numbered] == sorted(dates.values())


@pytest.mark.parametrize("count", [0, 1, 7, 8, 100, 5000])
def test_capacity_leaves_room(count: int) -> None:
    assert count * 5 // 4 < periods.capacity(count) <= max(8, count * 2 + 8)


def test_same_documents_same_bytes_in_any_order() -> None:
    docs = made_docs(120)
    shuffled = docs[:]
    random.Random(5).shuffle(shuffled)
    assert built(docs) == built(shuffled)


@settings(max_examples=6, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(["edit", "add", "old", "remove", "title"]), st.integers(0, 10**6)),
        min_size=1,
        max_size=8,
    )
)
def test_incremental_equals_clean(tmp_path_factory: pytest.TempPathFactory, edits: list[tuple[str, int]]) -> None:
    folder = tmp_path_factory.mktemp("index")
    store = Store()
    docs = made_docs(90)
    build_index(docs, folder, cache=store, synonyms=NO_SYNONYMS, suggestions=False)
    extra = made_docs(200, seed=9)
    for kind, pick in edits:
        at = pick % len(docs)
        if kind == "edit":
            docs[at] = docs[at]._replace(text=docs[at].text[:-5] + "城镇供热价格")
        elif kind == "title":
            docs[at] = docs[at]._replace(title="全新的标题" + str(pick))
        elif kind == "remove":
            del docs[at]
        else:
            new = extra.pop()
            docs.append(new._replace(date=max(doc.date for doc in docs)) if kind == "add" else new)
        build_index(docs, folder, cache=store, synonyms=NO_SYNONYMS, suggestions=False)
        assert files(folder) == built(docs)


class Updated:
    """An index that is brought up to date from changed documents, beside what all of them give."""

    def __init__(self, docs: list[SearchDoc], folder: Path, *, suggestions: bool = False) -> None:
        self.docs, self.folder, self.suggestions = docs, folder, suggestions
        self.store = Store()
        self.totals = build_index(docs, folder, cache=self.store, synonyms=NO_SYNONYMS, suggestions=suggestions).totals
        self.how: list[str] = []

    def becomes(self, docs: list[SearchDoc]) -> bool:
        """Change to these documents; whether the changed ones were enough."""
        before, now = ({doc.id: doc for doc in some} for some in (self.docs, docs))
        gone = [doc._replace(text="") for id_, doc in before.items() if now.get(id_) != doc]
        come = [doc for id_, doc in now.items() if before.get(id_) != doc]
        out = FolderOutput(self.folder)
        # what crosses from one run to the next is JSON
        totals = Totals.read(json.loads(json.dumps(self.totals.plain())))
        report = update_index(
            totals, gone, come, out, cache=self.store, synonyms=NO_SYNONYMS, suggestions=self.suggestions
        )
        if report is None:
            assert not out.touched and not out.written and not out.dropped
            report = build_index(
                docs, out := FolderOutput(self.folder), cache=self.store, synonyms=NO_SYNONYMS,
                suggestions=self.suggestions,
            )  # fmt: skip
            self.how.append("whole")
        else:
            self.how.append("changed")
        out.close()
        self.docs, self.totals = docs, report.totals
        clean: dict[str, bytes] = {}
        whole = build_index(
            docs, WriteOnly(clean.__setitem__), synonyms=NO_SYNONYMS, suggestions=self.suggestions
        )  # fmt: skip
        assert files(self.folder) == clean
        kept, every = self.totals, whole.totals
        assert (kept.dates, kept.facets, kept.manifest) == (every.dates, every.facets, every.manifest)
        assert kept.titles == every.titles[: len(kept.titles)]
        return self.how[-1] == "changed"


def digested(docs: list[SearchDoc]) -> list[SearchDoc]:
    """The documents with their digests, as a site's build gives them."""
    return [doc._replace(digest=doc._replace(digest="").fingerprint()) for doc in docs]


_CHANGES = [
    "edit",
    "title",
    "column",
    "new",
    "old",
    "undated",
    "next day",
    "next year",
    "remove",
    "remove newest",
    "several",
]


@settings(max_examples=12, deadline=None, phases=[Phase.generate])
@given(
    st.sampled_from([60, 400]),
    st.lists(st.tuples(st.sampled_from(_CHANGES), st.integers(0, 10**6)), min_size=1, max_size=8),
)
def test_an_update_from_the_changed_documents_equals_a_clean_build(
    tmp_path_factory: pytest.TempPathFactory, count: int, edits: list[tuple[str, int]]
) -> None:
    docs = digested([*made_docs(count), law(1), law(2)])
    index = Updated(docs, tmp_path_factory.mktemp("index"))
    extra = made_docs(60, seed=9)
    for kind, pick in edits:
        docs = docs[:]
        at = pick % len(docs)
        newest = max(docs, key=lambda doc: doc.date)
        if kind == "edit":
            docs[at] = docs[at]._replace(text=docs[at].text[:-5] + "城镇供热价格")
        elif kind == "title":
            docs[at] = docs[at]._replace(title=f"全新的标题{pick}")
        elif kind == "column":
            docs[at] = docs[at]._replace(column="gsgg", column_name=f"公示{pick % 2}", lang="en" if pick % 3 else "")
        elif kind == "remove":
            del docs[at]
        elif kind == "remove newest":
            docs.remove(newest)
        elif kind == "several":
            docs += [extra.pop() for _ in range(4)]
        else:
            later = {"undated": "", "next day": f"{newest.date[:8]}{min(31, int(newest.date[8:] or 1) + 1):02d}"}
            later |= {"new": newest.date, "next year": f"{int(newest.date[:4]) + 1}-01-05"}
            new = extra.pop()
            docs.append(new._replace(date=later.get(kind, new.date)))
        docs = digested(docs)
        index.becomes(docs)


@pytest.mark.parametrize("change", ["edit", "new", "next period", "next year", "remove"])
def test_an_update_needs_the_changed_documents_alone(tmp_path: Path, change: str) -> None:
    docs = digested(made_docs(1200))
    index = Updated(docs, tmp_path, suggestions=True)
    newest = max(docs, key=lambda doc: (doc.date, doc.id))
    if change == "edit":
        docs = [*docs[1:], docs[0]._replace(text=f"{docs[0].text}供热价格")]
    elif change == "remove":
        docs = [doc for doc in docs if doc is not newest]
    else:
        date = {"new": newest.date, "next period": "2025-12-05", "next year": "2027-01-01"}[change]
        docs = [*docs, made_docs(1, seed=4)[0]._replace(date=date)]
    assert index.becomes(digested(docs)) == (change != "next year")


@pytest.mark.parametrize("lost", ["m.json", "c", "memory", "titles", "count", "document"])
def test_an_update_that_lacks_something_writes_nothing(tmp_path: Path, lost: str) -> None:
    docs = digested(made_docs(700))
    index = Updated(docs, tmp_path, suggestions=True)
    gone = [max(docs, key=lambda doc: doc.date)]
    come = digested([gone[0]._replace(title="关于供热价格的通知")])
    assert update_index(
        index.totals, gone, come, FolderOutput(tmp_path), cache=Store(index.store), synonyms=NO_SYNONYMS
    )
    index = Updated(docs, tmp_path, suggestions=True)
    if lost == "memory":
        index.store.clear()
    elif lost == "titles":
        gone, come = sorted(docs, key=lambda doc: doc.date)[-300:], []
    elif lost == "count":
        gone = [gone[0]._replace(site="yanbian")]
    elif lost == "document":
        gone = [gone[0]._replace(digest="another")]
    elif lost == "c":
        shutil.rmtree(tmp_path / lost)
    else:
        (tmp_path / lost).unlink()
    before = files(tmp_path)
    out = FolderOutput(tmp_path)
    assert update_index(index.totals, gone, come, out, cache=index.store, synonyms=NO_SYNONYMS) is None
    assert files(tmp_path) == before and not out.written


def test_lost_memory_costs_time_only(tmp_path: Path) -> None:
    docs = made_docs(80)
    store = Store()
    build_index(docs, tmp_path, cache=store, synonyms=NO_SYNONYMS, suggestions=False)
    docs[3] = docs[3]._replace(text="改了")
    store.clear()
    report = build_index(docs, tmp_path, cache=store, synonyms=NO_SYNONYMS, suggestions=False)
    assert report.tokenized == 80 and "built" in report.segments.values()
    assert files(tmp_path) == built(docs)


def test_a_file_lost_from_the_output_comes_back(tmp_path: Path) -> None:
    docs = made_docs(80)
    store = Store()
    build_index(docs, tmp_path, cache=store, synonyms=NO_SYNONYMS, suggestions=False)
    for path in (tmp_path / "a" / "t").rglob("*"):
        if path.is_file():
            path.unlink()
    docs[3] = docs[3]._replace(text="改了" * 50)
    build_index(docs, tmp_path, cache=store, synonyms=NO_SYNONYMS, suggestions=False)
    assert files(tmp_path) == built(docs)


@pytest.mark.parametrize("kind", ["edit", "new", "withdraw"])
def test_one_change_touches_few_files(tmp_path: Path, kind: str) -> None:
    docs = made_docs(1500)
    store = Store()
    build_index(docs, tmp_path, cache=store, suggestions=False)
    newest = max(doc.date for doc in docs)
    if kind == "edit":
        docs[700] = docs[700]._replace(text=docs[700].text.replace("。", "，特此通知。", 1))
    elif kind == "new":
        docs.append(made_docs(1, seed=4)[0]._replace(date=newest))
    else:
        docs = [doc for doc in docs if doc.id != max(docs, key=lambda doc: doc.date).id]
    out = FolderOutput(tmp_path)
    report = build_index(docs, out, cache=store, suggestions=False)
    out.close()
    assert out.touched <= 60, out.touched
    assert report.tokenized <= 1 and report.segments["a"] != "built"


def test_two_documents_with_one_id() -> None:
    doc = SearchDoc("1", "a.html", "题", "文")
    with pytest.raises(ValueError, match="two documents have the same id"):
        build_index([doc, doc], WriteOnly(lambda path, data: None))


def test_no_documents(tmp_path: Path) -> None:
    assert build_index([], tmp_path).totals.documents == 0
    assert next(ask(tmp_path, ["税"]))["hits"] == []


def test_fragments_survive_rare_signs() -> None:
    doc = SearchDoc("1", "a.html", "题𠮷", "文" * 50)
    data = fragments.encode(doc, *parts_of(doc.text))
    assert data[:1] == b"u"
    assert json.loads(zlib.decompress(data[1:], -15)) == ["a.html", "题𠮷", "", "", "", "", "文" * 50]
    assert fragments.encode(SearchDoc("1", "a.html", "题", "文"), parts_of("文")[0])[:1] == b"g"


def by_number(folder: Path) -> dict[tuple[str, int], str]:
    """(segment, number) → url, from the fragments."""
    found = {}
    for path in folder.glob("?/d/*/*"):
        segment, _, high, low = path.relative_to(folder).parts
        data = path.read_bytes()
        plain = json.loads(zlib.decompress(data[1:], -15).decode("gbk" if data[:1] == b"g" else "utf-8"))
        found[segment, int(high, 16) << 8 | int(low, 16)] = plain[0]
    return found


def test_and_sets_are_those_of_lunr(tmp_path: Path) -> None:
    docs = made_docs(250)
    build_index(docs, tmp_path, synonyms=NO_SYNONYMS, suggestions=False)
    urls = by_number(tmp_path)
    builder = Builder()
    builder.ref("url")
    builder.field("terms", extractor=lambda doc: doc["terms"])
    for doc in docs:
        builder.add(
            {
                "url": doc.url,
                "terms": tokenizer.title_terms(doc.title) + tokenizer.terms(doc.text) + tokenizer.terms(doc.doc_number),
            }
        )
    oracle = builder.build()
    rnd = random.Random(11)
    queries = []
    for _ in range(60):
        doc = rnd.choice(docs)
        at = rnd.randrange(len(doc.text) - 6)
        queries.append(doc.text[at : at + rnd.randint(2, 6)].replace("\n", "").replace("。", " "))
    queries += [f"{rnd.choice(docs).title[2:4]} {rnd.choice(docs).title[4:6]}" for _ in range(20)] + [
        "税",
        "吉政办发〔2024〕3号",
        "住房公积金",
    ]
    for query, answer in zip(queries, ask(tmp_path, queries, options={"all": True}), strict=True):
        wanted = oracle.create_query()
        terms = set(tokenizer.terms(query))
        if any(term.startswith("#") for term in terms):
            terms -= {"2024", "3", "号"}
        known = [term for term in terms if any(term in field for field in oracle.inverted_index)]
        known = [term for term in terms if term in oracle.inverted_index]
        for term in known:
            wanted.term(term, presence=QueryPresence.REQUIRED, use_pipeline=False)
        expected = {hit["ref"] for hit in oracle.query(wanted)} if known else set()
        assert {urls[segment, number] for segment, number in answer["found"]} == expected, query


def every_title_is_found(docs: list[SearchDoc], asked: list[SearchDoc], folder: Path) -> None:
    """Each title, and each two adjacent Han characters of it, has its page among all the hits, and the page before it is cut off."""
    build_index(docs, folder, suggestions=False)
    urls = by_number(folder)
    wanted = []
    for doc in asked:
        pairs = (first + second for first, second in zip(doc.title, doc.title[1:], strict=False))
        wanted += [(query, doc.url) for query in (doc.title, *pairs) if all(map(tokenizer.ONE_HAN.match, query[:2]))]
    for every in (True, False):  # fetching all lists, and by the stop rules, which may only add
        options = {"all": every, "found": True, "page": 2}
        answers = ask(folder, [query for query, _ in wanted], options=options)
        for (query, url), answer in zip(wanted, answers, strict=True):
            assert url in {urls[segment, number] for segment, number in answer["found"]}, query


def test_every_title_and_every_two_characters_of_it_find_its_page(tmp_path: Path) -> None:
    docs = made_docs(900)  # enough for long lists
    every_title_is_found(docs, docs[::45], tmp_path)


def test_every_title_of_real_documents_finds_its_page(tmp_path: Path) -> None:
    docs = [
        SearchDoc(str(n), f"{n}.html", title, text, date="2024-05-01") for n, (title, text) in enumerate(real_texts())
    ]
    every_title_is_found(docs, docs[::5], tmp_path)


def test_suggestions_hold_the_pinned_and_the_newest() -> None:
    docs = [doc._replace(pinned=doc.id.endswith("-7")) for doc in made_docs(600)]
    chosen = suggest.chosen(suggest.ranked(docs, suggest.MOST))
    assert (
        len(chosen) <= suggest.MOST
        and sum(len(doc.title) for doc in chosen) <= suggest.MOST_CHARACTERS
        and chosen[0].pinned
    )
    ids = {title.id for title in chosen}
    assert min(title.date for title in chosen[1:]) >= max(doc.date for doc in docs if doc.id not in ids)
    assert suggest.ranked(docs, suggest.MOST) == suggest.ranked(docs[::-1], suggest.MOST)


def test_cluster_index_and_promotions(tmp_path: Path) -> None:
    one = [
        doc._replace(id=f"one-{doc.id}", url=f"https://one.example/{doc.url}", site="one", site_name="一号网站")
        for doc in made_docs(20)
    ]
    two = [
        doc._replace(id=f"two-{doc.id}", url=f"https://two.example/{doc.url}", site="two", site_name="二号网站")
        for doc in made_docs(20, seed=2)
    ]
    promotion = Promotion(("社保",), "社会保险服务", "https://one.example/shebao/")
    report = merge([one, two], tmp_path, promotions=[promotion], suggestions=False)
    assert report.totals.documents == 40
    manifest = json.loads((tmp_path / "m.json").read_bytes())
    assert manifest["promoted"] == [[["社保"], "社会保险服务", "https://one.example/shebao/"]]
    (answer,) = ask(tmp_path, ["通知"], options={"filters": {"site": "two"}})
    assert answer["hits"] and {hit["site"] for hit in answer["hits"]} == {"二号网站"}
    assert all(hit["url"].startswith("https://two.example/") for hit in answer["hits"])


@pytest.mark.parametrize("count", [1, 30, 700])
def test_packing_many_at_once_gives_the_same_bytes(count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    docs = made_docs(count)
    monkeypatch.setattr("jiyue.search.segments.FEW", 10**6)
    one_by_one = built(docs)
    monkeypatch.setattr("jiyue.search.segments.FEW", 0)
    monkeypatch.setattr("jiyue.search.packing.ROOM", 100)
    monkeypatch.setattr("jiyue.search.packing.PART", 3000)
    assert built(docs) == one_by_one
    assert count < 700 or any("/h/" in path for path in one_by_one)
