"""HTML and flowed text as a person reads them, in linear time."""

from __future__ import annotations

import html as entities
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from maild.mail.body import RULE, html_to_text, unflow
from maild.mail.parse import parse
from tests.mail.growth import growth

EXAMPLES = sorted((Path(__file__).parents[1] / "corpus" / "examples").glob("*.eml"))


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<p>One</p><p>Two</p>", "One\n\nTwo"),
        ("<div>One</div><div>Two</div>", "One\nTwo"),
        ("One<br>Two<br/><br />Three", "One\nTwo\n\nThree"),
        ("<div>One</div><div><br></div><div>Two</div>", "One\n\nTwo"),
        ('<p class="MsoNormal">One</p><p class=MsoNormal><o:p>&nbsp;</o:p></p><p class=MsoNormal>Two</p>', "One\n\nTwo"),
        ('<p class="MsoNormal">One<o:p></o:p></p><p class="MsoNormal">Two</p>', "One\nTwo"),
        ('<p style="margin:0">One</p><p style="margin: 0 0 0 0">Two</p>', "One\nTwo"),
        ("a<b>b</b>c <i> d </i> e", "abc d e"),
        ("  One\n   two\t three  ", "One two three"),
        ("Tom &amp; Ann &lt;ann@x.example&gt; &#8364; &euro; &nbsp;x", "Tom & Ann <ann@x.example> € € x"),
        ('<a href="mailto:ann@x.example">ann@x.example</a>, <a href="https://x.example">here</a>', "ann@x.example, here"),
        ("<h1>Title</h1>Text<h2>More</h2>", "Title\n\nText\n\nMore"),
        ("<ul><li>One</li><li>Two<ul><li>Deep</li></ul></li></ul>After", "• One\n• Two\n  • Deep\n\nAfter"),
        ("<ol><li>One<li>Two</ol>", "1. One\n2. Two"),
        ('<ol start="4"><li>Four<li>Five</ol><ol><li>x</ol>', "4. Four\n5. Five\n\n1. x"),
        ("<ul><li><p>One</p></li></ul><li>stray", "• One\n\n• stray"),
        ("<table><tr><td>Label</td><td>Value</td></tr><tr><th>A</th><td>B</td><td>C</td></tr></table>", "Label\tValue\nA\tB\tC"),
        ("<table><tr><td>L<td><p>one</p><p>two</p><tr><td></td><td>x</td></table>after", "L\tone\ntwo\nx\n\nafter"),
        ("<table><tr><td><p>one</p><p>two</p></td></tr></table>", "one\n\ntwo"),
        ("<table><tr><td>a</td><td><table><tr><td>b</td><td>c</td></tr></table></td></tr></table>", "a\tb\tc"),
        ("<td>no table</td><td>here</td>", "no table\nhere"),
        ("<blockquote>One<br>Two<blockquote>Deep</blockquote></blockquote>After", "> One\n> Two\n>\n> > Deep\n\nAfter"),
        ("Before<blockquote><table><tr><td>L</td><td>V</td></tr></table></blockquote>", "Before\n\n> L\tV"),
        ("One<hr>Two", f"One\n{RULE}\nTwo"),
        ("<pre>a\n  b\n\nc</pre>d", "a\n  b\n\nc\n\nd"),
        ('One<img alt="😀">Two<img alt="logo">', "One😀Two"),
        ("<head><title>T</title><style>p{}</style></head><script>x<y</script>Text<!-- c > d -->!", "Text!"),
        ("<style>never closed", ""),
        ("<!--[if mso]>hidden<![endif]-->Seen<![if !mso]> too<![endif]><?xml version='1'?><!-->x", "Seen toox"),
        ('<div style="display:none">preheader<div>x</div></div>Text', "Text"),
        ('<span style="mso-hide: all; font-size:0">x</span><p hidden>y</p><i style="visibility:hidden">z</i>Text', "Text"),
        ('<div style="max-height:0px;overflow:hidden">x</div><div style="max-height:0.5em">Text</div>', "Text"),
        ('<img style="display:none"><br hidden>Text', "Text"),
        ("<b hidden>x<i>y</i>z</b>Text", "Text"),
        ('<div style="display:none">all there is</div>', "all there is"),
        ("5 < 6 and a<b", "5 < 6 and a"),
        ('<a title="x > y" data=\'"\'>One</a>', "One"),
        ("<a title='never closed>One</a>", "One"),
        ("One<div", "One"),
        ("a &#" + "1" * 5_000 + "; b", "a &#" + "1" * 5_000 + "; b"),
        ("<br>" * 9 + "x<br><br><br><br>y", "x\n\n\ny"),
        ("<table><tr><td>open", "open"),
        ("</table></blockquote></ul></pre></td></p>x", "x"),
        ("", ""),
        ("plain", "plain"),
    ],
)
def test_html_reads_as_it_looks(html: str, expected: str) -> None:
    """Blocks, lists, tables, quotes and rules come out as lines; what a browser hides does not come out."""
    assert html_to_text(html) == expected


PIECES = (
    *(
        "<div>",
        "<b>",
        "<p>",
        "<a ",
        "<a b='",
        '<a b=">',
        "<",
        "<!--",
        "<![",
        "<style>",
        "<table><tr><td>x",
        "<ul><li>",
        "<ol><li>x",
        "&",
        "&#x",
    ),
    *(
        "<blockquote>x",
        "<p hidden style='display",
        " display :",
        "<pre>\n",
        "</div>",
        "\xa0",
        "<svg",
        "<td>",
        "<br>",
        "x\n",
        "<p title='a>b'>",
    ),
)


@pytest.mark.rule("INT-5")
@pytest.mark.parametrize("piece", PIECES)
def test_cost_is_linear(piece: str) -> None:
    """Four times as many nested or broken tags, attributes and entities cost about four times as much, not sixteen."""
    unit = 16 * 1024 // len(piece)
    assert growth(html_to_text, piece * unit, piece * unit * 4) < 9


def test_markup_that_is_never_closed_is_looked_through_once() -> None:
    """A megabyte of declarations without an end costs about eight times what an eighth of it does, not thirty, and is shown."""
    assert growth(html_to_text, "<!" * 60_000, "<!" * 480_000) < 15
    assert html_to_text("a <! b <? c </1 d") == "a <! b <? c </1 d"
    assert html_to_text("a <! b> c <? d") == "a c <? d"


def test_deep_nests_keep_their_text() -> None:
    """Text below 20,000 nested tags is read, where other readers give up in silence."""
    assert html_to_text("<div>" * 20_000 + "deep" + "</div>" * 20_000) == "deep"


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_no_word_is_lost_or_invented(path: Path) -> None:
    """On real mails the words are those that a browser's parser finds in the body."""
    html = parse(path.read_bytes()).html
    tree = LexborHTMLParser(html)
    tree.strip_tags(["style", "script", "head", "title"])
    theirs = (tree.body.text(separator=" ") if tree.body else "").split()
    assert "".join(html_to_text(html).replace(">", "").replace("_", "").replace("•", "").split()) == "".join(theirs).replace(
        ">", ""
    ).replace("•", "")


@given(st.text(alphabet="<>/ab='\"&;! -\n\xa0tdrp", max_size=80))
def test_any_text_is_read(html: str) -> None:
    """Whatever stands between angle brackets, there is a text, and it has no line end but LF."""
    assert "\r" not in html_to_text(html)


@given(st.text(alphabet="abc <>&\né", max_size=60))
def test_escaped_text_comes_back(text: str) -> None:
    """Text that was escaped into a paragraph comes out with its words."""
    assert html_to_text(f"<p>{entities.escape(text)}</p>").split() == text.split()


@pytest.mark.parametrize(
    ("text", "delsp", "expected"),
    [
        ("One \ntwo\nthree", False, "One two\nthree"),
        ("One \ntwo\n", True, "Onetwo\n"),
        ("> One \n> two\n>> deep \n>> er\nmine", False, "> One two\n>> deep er\nmine"),
        ("> One \nmine", False, "> One \nmine".replace("One ", "One")),
        (" >not a quote\n From here", False, ">not a quote\nFrom here"),
        ("One \n-- \nAnn", False, "One \n-- \nAnn"),
        (">\n> \n>", False, ">\n>\n>"),
        ("ends soft ", False, "ends soft "),
        ("", False, ""),
    ],
)
def test_flowed_paragraphs_are_one_line(text: str, delsp: bool, expected: str) -> None:
    """Soft line breaks of format=flowed go, hard ones stay; quotes keep their depth, and the signature its mark."""
    assert unflow(text, delsp=delsp) == expected
