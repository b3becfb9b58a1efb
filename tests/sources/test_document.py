"""PDF and DOCX become text; what cannot be read has a reason, and no file keeps us busy or fills the memory."""

from __future__ import annotations

import asyncio
import io
import re
import zipfile
import zlib

import pypdf
import pytest

from elumenta_tui.sources import document, extras
from elumenta_tui.sources.document import document_kind, read_document
from elumenta_tui.sources.docx import UNPACKED
from elumenta_tui.sources.extraction import extract_apart
from elumenta_tui.sources.pdf import pdf_to_text
from elumenta_tui.sources.results import CHARACTERS, Note, NoteKind, Reason, RefusedSource, Text
from tests.sources.documents import archive, docx, paragraph, pdf
from tests.thorough import some, thorough


async def text_of(data: bytes) -> Text:
    read = await read_document("a.bin", data)
    assert isinstance(read, Text), read
    return read


async def refusal(data: bytes) -> RefusedSource:
    read = await read_document("a.bin", data)
    assert isinstance(read, RefusedSource), read
    return read


# ----------------------------------------------------------------------------------------------------------------- PDF


@thorough
async def test_the_pages_of_a_pdf_come_in_order_with_their_numbers():
    assert await text_of(pdf("First page", "Second page")) == Text(
        "a.bin", "[1/2]\nFirst page\n\n[2/2]\nSecond page"
    )


@thorough
async def test_pages_without_text_are_counted():
    text = await text_of(pdf("First", "", ""))
    assert text.text == "[1/3]\nFirst"
    assert text.notes == (Note.of(NoteKind.BLANK_PAGES, count=2, total=3),)


@thorough
async def test_a_scanned_pdf_is_refused_as_such():
    assert await refusal(pdf("", "")) == RefusedSource.of(Reason.SCANNED, pages=2)


def locked(password: str, data: bytes) -> bytes:
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(data))
    writer.encrypt(password, algorithm="RC4-128")
    target = io.BytesIO()
    writer.write(target)
    return target.getvalue()


@thorough
async def test_a_pdf_with_a_password_is_refused_and_one_with_an_empty_password_is_read():
    assert await refusal(locked("secret", pdf("Hidden"))) == RefusedSource.of(Reason.ENCRYPTED)
    assert (await text_of(locked("", pdf("Shown")))).text == "[1/1]\nShown"


@thorough
async def test_too_many_characters_of_a_pdf_are_cut_and_that_is_said():
    text = await text_of(pdf(*["word " * 10_000] * 6))
    assert len(text.text) <= CHARACTERS
    assert [note.kind for note in text.notes] == [NoteKind.PAGES_CUT, NoteKind.CUT]
    assert text.notes[0] == Note.of(NoteKind.PAGES_CUT, kept=5, total=6)


@thorough
async def test_too_many_pages_are_cut_and_that_is_said():
    text = await text_of(pdf(*["x"] * 501))
    assert text.notes == (Note.of(NoteKind.PAGES_CUT, kept=500, total=501),)


def test_of_a_pdf_that_takes_long_the_pages_until_then_are_kept():
    found = pdf_to_text(pdf("One", "Two", "Three"), CHARACTERS, seconds=0)
    assert found == ("", "[1/3]\nOne", (Note.of(NoteKind.PAGES_CUT, kept=1, total=3),))


@thorough
@pytest.mark.parametrize(
    "data",
    some(
        [
            b"%PDF-1.7",
            b"%PDF-1.7\n" + b"\0\xff" * 5000,
            pdf("A page")[:400],
            pdf("A page").replace(b"/Kids [4 0 R]", b"/Kids [2 0 R]"),
            b"%PDF-1.4\n" + b"[" * 200_000,
            b"%PDF-1.4\n1 0 obj\n" + b"<<" * 100_000 + b"\ntrailer << /Root 1 0 R >>\nstartxref\n9\n%%EOF",
        ]
    ),
    ids=["begun", "noise", "cut", "circle", "nested", "deep"],
)
async def test_a_damaged_pdf_is_a_reason(data: bytes):
    assert (await refusal(data)).reason in (Reason.DAMAGED, Reason.EMPTY, Reason.SCANNED, Reason.TOO_SLOW)


@thorough
async def test_a_page_that_unpacks_to_gigabytes_ends_within_the_bounds():
    packed = zlib.compress(zlib.compress(b"\0" * 100_000_000, 9) * 30, 9)
    page = f"<< /Length {len(packed)} /Filter [/FlateDecode /FlateDecode] >>\nstream\n".encode() + packed
    data = re.sub(rb"<< /Length \d+ >>\nstream\nBT.*?ET", lambda _: page, pdf("x"))
    assert b"/FlateDecode" in data
    read = await read_document("a.pdf", data, seconds=30)
    assert isinstance(read, RefusedSource)
    assert read.reason in (Reason.BOMB, Reason.DAMAGED, Reason.SCANNED)


@thorough
async def test_a_document_that_takes_for_ever_is_given_up_at_the_deadline():
    # Each form draws the next one twice.
    forms = [
        f"<< /Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /F {6 + n} 0 R >> >> "
        f"/Length 11 >>\nstream\n/F Do /F Do\nendstream"
        for n in range(60)
    ]
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] /Resources << /XObject << /F 5 0 R >> >> /Contents 4 0 R >>",
        "<< /Length 11 >>\nstream\n/F Do /F Do\nendstream",
        *forms,
    ]
    made = b"%PDF-1.4\n" + b"".join(
        f"{n} 0 obj\n{each}\nendobj\n".encode() for n, each in enumerate(objects, 1)
    )
    made += b"trailer\n<< /Root 1 0 R >>\nstartxref\n0\n%%EOF\n"
    refused = await read_document("a.pdf", made, seconds=1.5)
    assert refused == RefusedSource.of(Reason.TOO_SLOW, seconds=2)


async def test_without_its_package_the_command_that_installs_it_is_named(monkeypatch):
    monkeypatch.setattr(document, "has_extra", lambda extra: False)
    refused = await refusal(pdf("x"))
    assert refused.reason is Reason.MISSING_EXTRA
    assert str(refused["command"]).endswith("-m pip install pypdf")


def test_the_command_is_that_of_the_installer():
    pipx = extras.install_command("documents", "/home/i/.local/share/pipx/venvs/elumenta-tui")
    assert pipx == "pipx inject elumenta-tui pypdf"
    uv = extras.install_command("images", "/home/i/.local/share/uv/tools/elumenta-tui")
    assert uv == "uv tool install --with pillow elumenta-tui"
    plain = extras.install_command("images", "/opt/x", "/opt/my env/bin/python")
    assert plain == "'/opt/my env/bin/python' -m pip install pillow"


# ---------------------------------------------------------------------------------------------------------------- DOCX


@thorough
async def test_a_docx_keeps_headings_paragraphs_lists_and_tables():
    entry = '<w:numPr><w:ilvl w:val="{}"/><w:numId w:val="1"/></w:numPr>'
    cell = "<w:tc>{}</w:tc>"
    row = "<w:tr>" + cell.format(paragraph("a")) + cell.format(paragraph("b") + paragraph("c")) + "</w:tr>"
    body = (
        paragraph("Глава", '<w:pStyle w:val="1"/>')
        + paragraph("Текст &lt;b&gt; &amp; дальше")
        + paragraph("раз", entry.format(0))
        + paragraph("два", entry.format(1))
        + f"<w:tbl>{row}{row}</w:tbl>"
        + "<w:p><w:r><w:t>x</w:t><w:tab/><w:t>y</w:t><w:br/><w:t>z</w:t></w:r></w:p>"
    )
    text = await text_of(docx(body))
    assert text == Text(
        "a.bin",
        "# Глава\n\nТекст <b> & дальше\n\n- раз\n  - два\n\na | b c\na | b c\n\nx\ty\nz",
        "markdown",
    )


@thorough
async def test_deleted_text_field_codes_and_second_copies_are_left_out():
    alternate = "http://schemas.openxmlformats.org/markup-compatibility/2006"
    body = (
        "<w:p><w:r><w:t>kept</w:t></w:r><w:del><w:r><w:delText>gone</w:delText></w:r></w:del>"
        f"<w:r><w:instrText>PAGE</w:instrText></w:r></w:p>"
        f'<mc:AlternateContent xmlns:mc="{alternate}"><mc:Choice>{paragraph("box")}</mc:Choice>'
        f"<mc:Fallback>{paragraph('box')}</mc:Fallback></mc:AlternateContent>"
    )
    assert (await text_of(docx(body))).text == "kept\n\nbox"


@pytest.mark.parametrize(
    "declaration",
    [
        '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;">]>',
        '<!DOCTYPE x SYSTEM "file:///etc/passwd">',
        '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
        "<!DOCTYPE x>",
    ],
)
async def test_a_declaration_of_a_document_type_is_refused(declaration: str):
    assert (await refusal(docx(paragraph("x"), before=declaration))).reason is Reason.DAMAGED


async def test_an_archive_that_unpacks_to_much_more_is_refused():
    assert await refusal(docx(f"<!--{' ' * 20_000_000}-->")) == RefusedSource.of(Reason.BOMB, limit=UNPACKED)


@thorough
async def test_an_archive_that_lies_about_its_sizes_is_refused():
    data = bytearray(docx(f"<!--{' ' * 20_000_000}-->"))
    at = data.find(b"PK\x01\x02")
    data[at + 24 : at + 28] = (1000).to_bytes(4, "little")
    assert (await refusal(bytes(data))).reason in (Reason.BOMB, Reason.DAMAGED)


@thorough
async def test_ways_of_packing_without_a_bound_are_refused():
    assert (await refusal(docx(paragraph("x"), compression=zipfile.ZIP_BZIP2))).reason is Reason.DAMAGED


@thorough
@pytest.mark.parametrize("cut", [30, 100, -30])
async def test_a_damaged_docx_is_a_reason(cut: int):
    assert (await refusal(docx(paragraph("x"))[:cut])).reason is Reason.DAMAGED


@thorough
async def test_xml_that_is_none_and_xml_that_is_deep_are_answered():
    assert (await refusal(docx("</w:p>"))).reason is Reason.DAMAGED
    assert (await refusal(docx("<w:p>" * 100_000 + "</w:p>" * 100_000))).reason in (Reason.EMPTY, Reason.BOMB)


@thorough
async def test_another_archive_is_named_and_an_empty_document_too():
    assert await refusal(archive({"a.txt": "x"})) == RefusedSource.of(
        Reason.UNSUPPORTED, kind="application/zip"
    )
    assert await refusal(docx("")) == RefusedSource.of(Reason.EMPTY)


async def test_the_older_container_is_a_password_or_the_older_format():
    ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 500
    assert await refusal(ole) == RefusedSource.of(Reason.UNSUPPORTED, kind="application/msword")
    assert await refusal(ole + "EncryptedPackage".encode("utf-16-le")) == RefusedSource.of(Reason.ENCRYPTED)


@thorough
async def test_a_long_docx_is_cut_and_that_is_said():
    text = await text_of(docx("".join(paragraph(f"слово {n} " * 5) for n in range(9000))))
    assert len(text.text) <= CHARACTERS
    [note] = text.notes
    assert note.kind is NoteKind.CUT
    assert note["kept"] == len(text.text)


@thorough
async def test_nothing_of_a_document_can_write_the_terminal():
    text = await text_of(docx(paragraph("a\u202eb\u0085c")))
    assert text.text == "a⟦RLO⟧b\nc"


# ------------------------------------------------------------------------------------------------------------ the rest


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"%PDF-1.7", "pdf"),
        (b"\xef\xbb\xbf\n%PDF-1.7", "pdf"),
        (b"PK\x03\x04", "docx"),
        (b"", ""),
        (b"text", ""),
    ],
)
def test_the_content_says_what_a_file_is(data: bytes, kind: str):
    assert document_kind(data) == kind


async def test_other_files_and_files_that_are_too_large_are_refused(monkeypatch):
    assert await refusal(b"plain text") == RefusedSource.of(Reason.UNSUPPORTED, kind="")
    monkeypatch.setattr(document, "BYTES", 10)
    assert await refusal(pdf("x")) == RefusedSource.of(Reason.TOO_LARGE, limit=10)


@thorough
async def test_a_cancelled_document_ends_its_process():
    reading = asyncio.create_task(read_document("a.docx", docx(paragraph("word " * 2_000_000))))
    await asyncio.sleep(0.05)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading


@thorough
async def test_the_process_sees_no_key_and_no_module_of_the_current_directory(tmp_path, monkeypatch):
    (tmp_path / "json.py").write_text("raise SystemExit('the wrong module')")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ELUMENTA_API_KEY", "nb_secret")
    assert await extract_apart("plain", b"text") == Text("", "text")
