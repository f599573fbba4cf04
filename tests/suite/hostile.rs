//! Files that mean harm, or come from somewhere that went wrong (H1 to H9): each is read with what
//! is wrong as findings, or ends in one clear line and exit code 2, in little memory and time.

use std::io::{Cursor, Write};
use std::path::Path;
use std::process::{Command, Output};

use heirloom_intake::{Program, ReadAs, SheetChoice, SourceFile, Workbooks};
use heirloom_model::FileId;
use rust_xlsxwriter::Workbook;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::support::{binary, invented_migration, root, said};

/// Runs `check` with at most 512 MiB of memory and 10 s of processor time a process, where the
/// system has such limits.
fn check(folder: &Path) -> Output {
    if cfg!(target_os = "linux") {
        let script = "ulimit -v 524288; ulimit -t 10; exec \"$0\" check --plain";
        Command::new("sh").args(["-c", script]).arg(binary()).current_dir(folder).output().unwrap()
    } else {
        Command::new(binary()).args(["check", "--plain"]).current_dir(folder).output().unwrap()
    }
}

/// A small migration whose gifts are this file.
fn with_gifts(name: &str, bytes: &[u8], more: &str) -> Output {
    let workshop = tempfile::tempdir().unwrap();
    let folder = workshop.path();
    invented_migration(folder, 4, 6);
    std::fs::remove_file(folder.join("input/gifts.csv")).unwrap();
    std::fs::write(folder.join("input").join(name), bytes).unwrap();
    let mapping = folder.join("mappings/gifts.toml");
    let text = std::fs::read_to_string(&mapping).unwrap();
    assert!(text.contains("name = \"gifts.csv\"\n"));
    let file = format!("name = \"{name}\"\n{more}");
    std::fs::write(&mapping, text.replace("name = \"gifts.csv\"\n", &file)).unwrap();
    check(folder)
}

/// Reading ends with exit code 2, one line that names the file and says why, and what to do.
fn is_refused(name: &str, bytes: &[u8], words: &str) {
    let output = with_gifts(name, bytes, "");
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    let lines: Vec<&str> = error.lines().filter(|line| !line.is_empty()).collect();
    assert_eq!(output.status.code(), Some(2), "{words}: {error}");
    assert!(
        lines.len() == 2 && lines[0].starts_with("error: cannot read ") && lines[1].starts_with("  do "),
        "{error}"
    );
    assert!(lines[0].contains(name) && lines[0].contains(words), "{words:?} is not in: {error}");
}

/// Reading goes on, and the report has this to say.
fn is_read(name: &str, bytes: &[u8], words: &[&str]) {
    let output = with_gifts(name, bytes, "");
    let all = said(&output).1 + &String::from_utf8_lossy(&output.stderr);
    assert!(matches!(output.status.code(), Some(0 | 3)), "{all}");
    for word in words {
        assert!(all.contains(word), "{word:?} is not in: {all}");
    }
}

const HEADER: &str = "Gift ID,Donor ID,Gift Date,Gift Amount,Payment Method,Fund";

fn csv(rows: &[&str]) -> String {
    format!("{HEADER}\n{}\n", rows.join("\n"))
}

fn archive(parts: &[(&str, &str)]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in parts {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// The smallest workbook around this sheet and these shared strings.
fn xlsx(sheet: &str, strings: &str) -> Vec<u8> {
    const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    const RELS: &str = "http://schemas.openxmlformats.org/package/2006/relationships";
    const OFFICE: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let book = format!(
        "<workbook xmlns=\"{MAIN}\" xmlns:r=\"{OFFICE}\"><sheets><sheet name=\"S\" sheetId=\"1\" \
         r:id=\"rId1\"/></sheets></workbook>"
    );
    let rels = format!(
        "<Relationships xmlns=\"{RELS}\"><Relationship Id=\"rId1\" Type=\"{OFFICE}/worksheet\" \
         Target=\"worksheets/sheet1.xml\"/><Relationship Id=\"rId2\" Type=\"{OFFICE}/sharedStrings\" \
         Target=\"sharedStrings.xml\"/></Relationships>"
    );
    let root = format!(
        "<Relationships xmlns=\"{RELS}\"><Relationship Id=\"rId1\" Type=\"{OFFICE}/officeDocument\" \
         Target=\"xl/workbook.xml\"/></Relationships>"
    );
    archive(&[
        ("[Content_Types].xml", "<Types/>"),
        ("_rels/.rels", &root),
        ("xl/workbook.xml", &book),
        ("xl/_rels/workbook.xml.rels", &rels),
        ("xl/sharedStrings.xml", strings),
        ("xl/worksheets/sheet1.xml", sheet),
    ])
}

fn sheet(rows: &str) -> String {
    format!("<worksheet><sheetData>{rows}</sheetData></worksheet>")
}

/// A row of texts, and what else stands in it.
fn row(number: u32, cells: &[&str], more: &str) -> String {
    let texts = cells.iter().zip('A'..).map(|(text, column)| {
        format!("<c r=\"{column}{number}\" t=\"inlineStr\"><is><t>{text}</t></is></c>")
    });
    format!("<row r=\"{number}\">{}{more}</row>", texts.collect::<String>())
}

fn header() -> String {
    row(1, &HEADER.split(',').collect::<Vec<_>>(), "")
}

fn ods(rows: &str) -> Vec<u8> {
    let content = format!(
        "<?xml version=\"1.0\"?><office:document-content><office:body><office:spreadsheet>\
         <table:table table:name=\"S\">{rows}</table:table></office:spreadsheet></office:body>\
         </office:document-content>"
    );
    archive(&[
        ("mimetype", "application/vnd.oasis.opendocument.spreadsheet"),
        ("META-INF/manifest.xml", "<manifest:manifest></manifest:manifest>"),
        ("content.xml", &content),
    ])
}

/// A compound file with nothing in it but the stream into which Excel puts an encrypted workbook.
fn encrypted() -> Vec<u8> {
    const FREE: u32 = u32::MAX;
    const END: u32 = u32::MAX - 1;
    const FAT: u32 = u32::MAX - 2;
    let mut head = b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1".to_vec();
    head.extend([0; 16]);
    [0x3E_u16, 3, 0xFFFE, 9, 6].iter().for_each(|n| head.extend(n.to_le_bytes()));
    head.extend([0; 10]);
    // One sector of allocation table, the directory in sector 1, small streams below 4096 bytes.
    [1, 1, 0, 4096, END, 0, END, 0, 0].iter().for_each(|n: &u32| head.extend(n.to_le_bytes()));
    head.resize(512, 0xFF);
    let mut table: Vec<u8> = [FAT, END].iter().flat_map(|n| n.to_le_bytes()).collect();
    table.resize(512, 0xFF);
    let entry = |name: &str, kind: u8, child: u32| {
        let mut bytes: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
        bytes.resize(64, 0);
        bytes.extend((name.len() as u16 * 2 + 2).to_le_bytes());
        bytes.extend([kind, 1]);
        [FREE, FREE, child].iter().for_each(|n| bytes.extend(n.to_le_bytes()));
        bytes.extend([0; 36]);
        bytes.extend(END.to_le_bytes());
        bytes.extend([0; 8]);
        bytes
    };
    let mut directory = [entry("Root Entry", 5, 1), entry("EncryptedPackage", 2, FREE)].concat();
    directory.resize(512, 0);
    [head, table, directory].concat()
}

#[test]
fn h1_damaged_encrypted_and_mislabelled_workbooks() {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    (0..400).for_each(|row| drop(sheet.write_string(row, 0, format!("gift {row}")).map(|_| ())));
    let whole = book.save_to_buffer().unwrap();
    is_refused("gifts.xlsx", &whole[..whole.len() / 2], "damaged or cut short");
    is_refused("gifts.xlsx", b"PK\x03\x04 and nothing more", "damaged or cut short");
    is_refused(
        "gifts.xls",
        &[b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1".to_vec(), vec![7; 4000]].concat(),
        "damaged",
    );
    is_refused("gifts.xlsx", &encrypted(), "protected by a password");
    is_refused("gifts.xlsx", b"%PDF-1.7\n1 0 obj", "a PDF document");
    is_refused("gifts.xls", b"<html><table><tr><td>Gift ID</table>", "a web page");
    is_refused("gifts.xlsx", &archive(&[("gifts.csv", "a,b")]), "an archive (zip) with no workbook in it");
    is_refused("gifts.csv", &[0x89, b'P', 1, 2, 3, 4, 0, 0].repeat(20), "binary data");
    is_refused("gifts.csv", b"", "it is empty");
}

#[test]
fn h2_bombs_and_far_cells() {
    is_refused(
        "gifts.xlsx",
        &xlsx(&sheet(""), &" ".repeat(16 << 20)),
        "unpacks to more than 200 times its size",
    );
    let far: String =
        (2..2_000).map(|n| format!("<row r=\"{n}\"><c r=\"XFD{n}\"><v>1</v></c></row>")).collect();
    is_refused(
        "gifts.xlsx",
        &xlsx(&sheet(&(header() + &far)), "<sst/>"),
        "row 63: more than 1000000 blank cells before cells beyond column 2000",
    );
    // Below every limit that can be checked beforehand, and still a grid of more memory than allowed.
    let many = "<table:table-row table:number-rows-repeated=\"19999\"><table:table-cell \
                table:number-columns-repeated=\"1000\" office:value-type=\"float\" office:value=\"1\"/>\
                </table:table-row>";
    let output = with_gifts("gifts.ods", &ods(many), "");
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{error}");
    if cfg!(target_os = "linux") {
        assert!(error.contains("it needs more memory to read than a workbook is given (512 MiB)"), "{error}");
    }
    let corner = "<row r=\"1048576\"><c r=\"XFD1048576\"><v>1</v></c></row>";
    let gift = row(2, &["G-1", "D-1", "2019-03-07", "5.00", "Check", "General Fund"], "");
    is_read("gifts.xlsx", &xlsx(&sheet(&(header() + &gift + corner)), "<sst/>"), &["2 rows"]);
}

/// Nothing is read, and one line says so; which one depends on how far the reader came.
fn is_refused_somehow(name: &str, bytes: &[u8]) {
    let output = with_gifts(name, bytes, "");
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{error}");
    assert!(error.starts_with("error: ") && error.contains(name), "{error}");
}

#[test]
fn h3_entities_and_depth() {
    let laughs: String =
        (1..12).map(|n| format!("<!ENTITY l{n} \"{}\">", format!("&l{};", n - 1).repeat(10))).collect();
    let strings = |declared: &str, used: &str| {
        format!("<?xml version=\"1.0\"?><!DOCTYPE s [{declared}]><sst><si><t>{used}</t></si></sst>")
    };
    let gift = "<row r=\"2\"><c r=\"A2\" t=\"s\"><v>0</v></c></row>";
    let rows = sheet(&(header() + gift));
    // No entity is ever looked up, so the row stays blank, and a file without rows is refused.
    let laughs = format!("<!ENTITY l0 \"lol\">{laughs}");
    is_refused_somehow("gifts.xlsx", &xlsx(&rows, &strings(&laughs, "&l11;")));
    let outside = "<!ENTITY x SYSTEM \"file:///etc/hostname\">";
    is_refused_somehow("gifts.xlsx", &xlsx(&rows, &strings(outside, "&x;")));
    // Each level differs, so that the archive is not refused as a bomb before it is parsed.
    let deep: String = (0..200_000).map(|n| format!("<a{}>", n * 7919 % 99_991)).collect();
    is_refused_somehow("gifts.xlsx", &xlsx(&sheet(&deep), "<sst/>"));
    is_refused_somehow("gifts.ods", &ods(&deep));
}

#[test]
fn a_workbook_read_by_a_process_of_its_own_gives_the_same_rows() {
    let program = Program { path: binary().to_owned(), arguments: vec!["--read-workbook".into()] };
    let all = ReadAs { sheets: SheetChoice::All, ..ReadAs::default() };
    for story in ["dirty-workbook", "two-sheets"] {
        let path = root().join("tests/scenarios").join(story).join("input/gifts.xlsx");
        let here = SourceFile::open(&path, &all).unwrap();
        let apart = SourceFile::open_by(&path, &all, &Workbooks::Apart(program.clone())).unwrap();
        assert_eq!((here.sheets(), here.evidence()), (apart.sheets(), apart.evidence()));
        let rows = |file: SourceFile| file.rows(FileId(5)).map(Result::unwrap).collect::<Vec<_>>();
        let here = rows(here);
        assert!(here.len() >= 10, "{story}");
        assert_eq!(here, rows(apart), "{story}");
    }
}

#[test]
fn h4_endless_records_fields_and_rows() {
    let long = |n: usize| csv(&[&format!("G-1,D-1,2019-03-07,5.00,Check,{}", "x".repeat(n))]);
    is_refused("gifts.csv", long(3 << 20).as_bytes(), "row 2: a record of more than 1 MiB");
    is_refused("gifts.csv", long(300 << 10).as_bytes(), "row 2: a cell of more than 256 KiB");
    is_refused("gifts.csv", csv(&[&"1,".repeat(2_500)]).as_bytes(), "row 2: a row of more than 2000 columns");
    is_refused("gifts.csv", &vec![b'x'; 8 << 20], "row 1: a record of more than 1 MiB");
}

#[test]
fn h5_bytes_that_are_no_plain_text() {
    let text =
        csv(&["G-1,D-1,2019-03-07,5.00,Check,General Fund", "G-2,D-2\0,2019-03-08,6.00,Check,General Fund"]);
    is_read("gifts.csv", text.as_bytes(), &["2 rows"]);
    let utf16 = |bytes: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(bytes).collect::<Vec<u8>>();
    is_read("gifts.csv", &utf16(u16::to_le_bytes), &["2 rows"]);
    is_read("gifts.csv", &[b"\xFE\xFF".to_vec(), utf16(u16::to_be_bytes)].concat(), &["2 rows"]);
    let mixed =
        [b"\xEF\xBB\xBF".to_vec(), text.replace("Check", "Ch\u{202E}eck").into_bytes(), vec![0xE9]].concat();
    // Both gifts are held for the method's hidden mark; the stray byte is a row without anything.
    let held = "held               3 rows            $11.00";
    is_read("gifts.csv", &mixed, &[held, "fix[G013]", "2 rows, $11.00, are held by this", "fix[G005]"]);
}

#[test]
fn h6_h7_h8_amounts_dates_formulas_and_errors() {
    let amounts = csv(&[
        "G-1,D-1,2019-03-07,1e308,Check,General Fund",
        "G-2,D-1,2019-03-07,(50.00),Check,General Fund",
        "G-3,D-1,2019-03-07,99999999999999999999.99,Check,General Fund",
        "G-4,D-1,2019-03-07,#REF!,Check,General Fund",
        "G-5,D-1,2019-03-07,\"1,234.56\",Check,General Fund",
    ]);
    is_read("gifts.csv", amounts.as_bytes(), &["fix[G004]", "held               4 rows"]);
    let date = "<c r=\"C2\"><v>60</v></c><c r=\"D2\"><v>5</v></c>";
    let error = "<c r=\"C3\" t=\"e\"><v>#N/A</v></c><c r=\"D3\"><f>1+1</f></c>";
    let rows = header() + &row(2, &["G-1", "D-1"], date) + &row(3, &["G-2", "D-1"], error);
    is_read("gifts.xlsx", &xlsx(&sheet(&rows), "<sst/>"), &["fix[F003]", "held               2 rows"]);
}

#[test]
fn h9_mappings_that_blow_up_or_reach_out() {
    let gift = csv(&[&format!("{}!,D-1,2019-03-07,5.00,Check,General Fund", "a".repeat(20_000))]);
    let slow = with_gifts("gifts.csv", gift.as_bytes(), "skip = [\"^(a+)+$\", \"(a|aa)*b\"]\n");
    assert!(matches!(slow.status.code(), Some(0 | 3)), "{}", String::from_utf8_lossy(&slow.stderr));
    let large = with_gifts("gifts.csv", gift.as_bytes(), "skip = [\"((a{500}){500}){500}\"]\n");
    assert_eq!(large.status.code(), Some(2));
    let outside = tempfile::tempdir().unwrap();
    std::fs::write(outside.path().join("gifts.csv"), &gift).unwrap();
    let workshop = tempfile::tempdir_in(outside.path()).unwrap();
    let folder = workshop.path();
    invented_migration(folder, 4, 6);
    let mapping = folder.join("mappings/gifts.toml");
    let text = std::fs::read_to_string(&mapping).unwrap();
    for name in ["../../gifts.csv".to_owned(), outside.path().join("gifts.csv").display().to_string()] {
        let literal = format!("name = '{name}'");
        std::fs::write(&mapping, text.replace("name = \"gifts.csv\"", &literal)).unwrap();
        let output = check(folder);
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{name}: {error}");
        assert!(error.contains("has no such file"), "{error}");
    }
}
