"""What is made by artificial intelligence says so: in its words, in the metadata of its pictures, on its page."""

from __future__ import annotations

import io
import json
import re
from html import unescape

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from jiyue.checks.article.ai_labels import label_findings
from jiyue.checks.text.model import Text
from tests.support.cluster import Built, new_cluster
from tests.support.search import real_texts

HEAD = "---\ntitle: 一篇文章\ndate: 2026-11-20\n{}---\n"
SAYS = (
    "（本文由 AI 辅助生成，仅供参考）",
    "以上内容由人工智能大模型生成。",
    "文中配图使用 DeepSeek 等工具绘制。",
    "本译文由人工智能翻译。",
    "作为一个AI语言模型，我不能……",
    "图一：全省经济运行示意（AI生成）",
    "部分图片由豆包生成",
)
SAYS_NOT = (
    "《人工智能生成合成内容标识办法》自2025年9月1日起施行。",
    "全省人工智能产业由AI企业带动，大模型广泛应用。",
    "利用人工智能生成的内容应当标识。",
    "本文由省政府办公厅起草，人工智能产业办参与。",
    "图片由本网记者拍摄。AI 赋能制造业。",
)


def found(body: str, field: str = "") -> list[tuple[str, int]]:
    return [(one.rule, one.line) for one in label_findings(Text("jilin", "a.md", HEAD.format(field) + body))]


@pytest.mark.parametrize("body", SAYS)
def test_a_text_that_says_so_needs_the_field(body: str) -> None:
    assert found(f"第一段。\n\n{body}\n") == [("ai-text", 7)]
    assert found(body, "ai_generated: text\n") == []
    assert found(body, "ai_generated: none\n") == []


@pytest.mark.parametrize("body", SAYS_NOT)
def test_a_text_about_it_needs_none(body: str) -> None:
    assert found(body) == []


def test_real_texts_do_not_say_so() -> None:
    assert [title for title, text in real_texts() if found(text)] == []


XMP = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description rdf:about="" {}/></rdf:RDF></x:xmpmeta>'
)
IPTC = XMP.format(
    'xmlns:e="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" '
    'e:DigitalSourceType="http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"'
)
CAMERA = IPTC.replace("trainedAlgorithmicMedia", "digitalCapture")
GB = XMP.format('xmlns:TC260="http://www.tc260.org.cn/ns/AIGC/1.0/" TC260:AIGC="{&quot;Label&quot;:&quot;1&quot;}"')


def png(xmp: str = "", aigc: str = "", *, packed: bool = False) -> bytes:
    about, out = PngInfo(), io.BytesIO()
    if xmp:
        about.add_itxt("XML:com.adobe.xmp", xmp, zip=packed)
    if aigc:
        about.add_text("AIGC", aigc)
    Image.new("RGB", (40, 40), "red").save(out, "PNG", pnginfo=about)
    return out.getvalue()


def jpeg(xmp: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (40, 40), "red").save(out, "JPEG", xmp=xmp.encode())
    return out.getvalue()


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    pictures = {
        "iptc.png": png(IPTC), "packed.png": png(IPTC, packed=True), "gb.png": png(aigc='{"Label":"1"}'), "gb.jpg": jpeg(GB),
        "camera.jpg": jpeg(CAMERA), "plain.png": png(),
    }  # fmt: skip
    body = "".join(f"![图](../images/{name})\n\n" for name in pictures)
    files: dict[str, str | bytes] = {
        "sites/cluster.yaml": "name: 站群\nroot: jilin\n",
        "sites/jilin.yaml": "name: 吉林省人民政府\nkind: province\nurl: https://www.jl.example\nfeeds: full\n",
        **{f"content/jilin/images/{name}": data for name, data in pictures.items()},
        "content/jilin/yw/without.md": HEAD.format("id: without\n") + body,
        "content/jilin/yw/with.md": HEAD.format("id: labelled\nai_generated: text-image\n") + body,
        "content/jilin/yw/none.md": HEAD.format("id: none1\nai_generated: none\n") + "正文。\n",
    }
    return new_cluster(tmp_path_factory.mktemp("ai") / "c", files).build()


def test_a_picture_that_says_so_needs_the_field_of_each_article(built: Built) -> None:
    told = [(one["path"], one["message"]) for one in built.diagnostics if one["rule"] == "ai-picture"]
    assert told == [
        ("content/jilin/yw/without.md", f"图片 ../images/{name} 的信息写着由人工智能生成，文章没有标识")
        for name in ("gb.jpg", "gb.png", "iptc.png", "packed.png")
    ]


def test_the_label_is_for_readers_and_for_machines(built: Built) -> None:
    page = built.html("jilin", "yw/labelled.html")
    assert '<p class="ai">本文含人工智能生成的文字和图片</p>' in page
    mark = re.search(r'<meta name="AIGC" content="([^"]*)">', page)
    assert mark
    assert json.loads(unescape(mark[1])) == {
        "Label": "1", "ContentPropagator": "吉林省人民政府", "PropagateID": "labelled",
    }  # fmt: skip
    assert '"digitalSourceType":"https://schema.org/CompositeWithTrainedAlgorithmicMediaDigitalSource"' in page
    feeds = [data.decode() for path, data in built.files().items() if path.startswith("jilin/feed.")]
    assert len(feeds) >= 3 and all("本文含人工智能生成的文字和图片" in feed for feed in feeds)
    for other in ("without", "none1"):
        page = built.html("jilin", f"yw/{other}.html")
        assert "AIGC" not in page and 'class="ai"' not in page and "digitalSourceType" not in page
