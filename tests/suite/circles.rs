//! Inside a crate arrows run one way too: no file takes from one that takes from it, by however many steps.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::tidy::{code_of, crates, is_test_module, rust_files};

/// The simulator is one state machine told in many files: its world is in all of them.
const NOT_IN_ORDER: &str = "heirloom-simulator";

/// Every path that `use` trees of a text name, flat: `use a::{b::C, d};` is `a::b::C` and `a::d`.
fn uses(code: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let starts = code.match_indices("use ").filter(|(at, _)| *at == 0 || code[..*at].ends_with(['\n', ' ']));
    for (at, _) in starts {
        let tree = &code[at + 4..];
        let Some(end) = tree.find(';') else { continue };
        flatten("", &tree[..end], &mut found);
    }
    // What is named where it is used: whole, or from a room that a `use` brought.
    let brought: BTreeMap<String, String> = found
        .iter()
        .filter_map(|path: &String| Some((path.rsplit_once("::")?.1.to_owned(), path.clone())))
        .collect();
    for word in code.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':')) {
        if (word.starts_with("crate::") || word.starts_with("super::")) && !word.ends_with(':') {
            found.insert(word.to_owned());
        } else if let Some((first, rest)) = word.split_once("::")
            && let Some(path) = brought.get(first)
        {
            found.insert(format!("{path}::{rest}"));
        }
    }
    found
}

fn flatten(before: &str, tree: &str, found: &mut BTreeSet<String>) {
    let tree = tree.trim();
    let Some(open) = tree.find('{') else {
        // After the last comma of a group there may be nothing.
        if !tree.is_empty() {
            found.insert(format!("{before}{}", tree.split(" as ").next().unwrap_or(tree).trim()));
        }
        return;
    };
    let before = format!("{before}{}", &tree[..open]);
    let inside = tree[open + 1..].strip_suffix('}').unwrap_or(&tree[open + 1..]);
    let (mut depth, mut from) = (0, 0);
    for (at, c) in inside.char_indices().chain([(inside.len(), ',')]) {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                flatten(&before, &inside[from..at], found);
                from = at + 1;
            }
            _ => {}
        }
    }
}

/// The rooms of a crate by their paths, each with those that it takes from.
fn rooms(source: &Path) -> BTreeMap<String, BTreeSet<String>> {
    let mut codes = BTreeMap::new();
    for file in rust_files(source).into_iter().filter(|file| !is_test_module(file)) {
        let path = file.strip_prefix(source).unwrap().with_extension("");
        let parts: Vec<String> = path.iter().map(|part| part.to_string_lossy().into_owned()).collect();
        let name = parts.join("::");
        codes.insert(name.strip_suffix("::mod").unwrap_or(&name).to_owned(), code_of(&file));
    }
    let names: BTreeSet<String> = codes.keys().cloned().collect();
    // What the crate shows to others under its own name is taken from the room that it lies in.
    let shown = uses(codes.get("lib").map_or("", String::as_str));
    let shown: BTreeMap<&str, &str> =
        shown.iter().filter_map(|path| Some((path.rsplit_once("::")?.1, path.as_str()))).collect();
    let room_of = |path: &str| {
        let first = path.split("::").next().unwrap_or(path);
        let mut path = shown.get(first).filter(|_| !names.contains(first)).copied().unwrap_or(path);
        loop {
            if names.contains(path) {
                return Some(path.to_owned());
            }
            path = path.rsplit_once("::")?.0;
        }
    };
    let takes = |(name, code): (&String, &String)| {
        let from: BTreeSet<String> = uses(code)
            .iter()
            .filter_map(|path| match path.strip_prefix("crate::") {
                Some(path) => room_of(path),
                None => {
                    let (mut here, mut path) = (name.as_str(), path.strip_prefix("self::").unwrap_or(path));
                    while let Some(up) = path.strip_prefix("super::") {
                        here = here.rsplit_once("::").map_or("", |(folder, _)| folder);
                        path = up;
                    }
                    let whole = if here.is_empty() { path.to_owned() } else { format!("{here}::{path}") };
                    room_of(&whole)
                }
            })
            // What lies inside a room is the room's own.
            .filter(|other| other != name && !name.starts_with(&format!("{other}::")))
            .collect();
        (name.clone(), from)
    };
    codes.iter().filter(|(name, _)| !["lib", "main"].contains(&name.as_str())).map(takes).collect()
}

/// The rooms of circles, and what lies between them: all that take from nobody, or from which nobody takes, are
/// gone.
fn circle(mut rooms: BTreeMap<String, BTreeSet<String>>) -> BTreeMap<String, BTreeSet<String>> {
    loop {
        let names: BTreeSet<String> = rooms.keys().cloned().collect();
        rooms.values_mut().for_each(|from| from.retain(|other| names.contains(other)));
        let before = rooms.len();
        let taken: BTreeSet<String> = rooms.values().flatten().cloned().collect();
        rooms.retain(|name, from| !from.is_empty() && taken.contains(name));
        if rooms.len() == before {
            return rooms;
        }
    }
}

#[test]
fn rooms_inside_a_crate_take_from_each_other_in_one_direction() {
    let mut found = BTreeMap::new();
    for (name, path) in crates().into_iter().filter(|(name, _)| name != NOT_IN_ORDER) {
        let rooms = rooms(&path.join("src"));
        let arrows: usize = rooms.values().map(BTreeSet::len).sum();
        assert!(rooms.len() > 5 && arrows > 5, "{name}: {} rooms and {arrows} arrows were seen", rooms.len());
        found.insert(name, circle(rooms));
    }
    found.retain(|_, left| !left.is_empty());
    assert!(found.is_empty(), "these go round: {found:#?}");
}

#[test]
fn a_circle_is_seen_through_groups_and_folders() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, code: &str| {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, format!("//! A room.\n{code}\n")).unwrap();
    };
    write("a.rs", "use crate::{b::{self, One}, more};");
    write("b.rs", "fn two() { crate::c::three() }");
    write("c/mod.rs", "mod inner;");
    write("c/inner.rs", "use super::super::d::Four;");
    write("d.rs", "#[cfg(test)]\nmod tests {\n    use crate::a::One;\n}");
    assert!(circle(rooms(folder.path())).is_empty());
    write("d.rs", "use super::a::One;");
    assert!(circle(rooms(folder.path())).is_empty(), "b takes from c, and only what lies in c from d");
    write("c/mod.rs", "mod inner;\nuse inner::Five;");
    let left = circle(rooms(folder.path()));
    write("rules/mod.rs", "pub mod one;");
    write("rules/one.rs", "use crate::maker::Maker;");
    write("maker.rs", "use crate::rules;\nfn make() { rules::one::check() }");
    let more = circle(rooms(folder.path()));
    assert!(["maker", "rules::one"].iter().all(|name| more.contains_key(*name)), "{more:?}");
    assert_eq!(left.keys().collect::<Vec<_>>(), ["a", "b", "c", "c::inner", "d"]);
}
