//! A report of known data, as people see it.

use super::*;
use crate::measure::Samples;

fn samples(median: f64) -> Cell {
    Cell::Measured(Samples::new(vec![median * 0.9, median, median, median * 1.1, median * 1.5]))
}

fn skipped() -> Cell {
    Cell::Skipped("it has no classes".to_owned())
}

fn grid(id: &str, unit: Unit, sides: &[&str], cases: Vec<(&str, Vec<Cell>)>) -> Grid {
    let sides = sides.iter().map(|side| (*side).to_owned()).collect();
    let mut grid = Grid::new(id, &format!("The {id} table"), "What it is.", unit, sides);
    for (case, cells) in cases {
        grid.case(case, cells);
    }
    grid
}

fn report() -> Report {
    let mut report = Report {
        conditions: vec![("Machine".to_owned(), "a quiet one".to_owned())],
        skipped: Vec::new(),
        parts: Vec::new(),
        targets: Vec::new(),
        binary_bytes: Some(50 * 1024 * 1024),
        images: false,
    };
    report.skip("monty in classes", "no classes\nsecond line");
    report.add(grid(
        "start_wall",
        Unit::Seconds,
        &["pyc-rs", "python3.13", "python3.13 -I -S", "/bin/true"],
        vec![("hello", vec![samples(0.008), samples(0.02), samples(0.01), samples(0.0005)])],
    ));
    report.add(grid(
        "interp",
        Unit::Seconds,
        &["pyc-rs", "python3.13", "monty"],
        vec![
            ("recursion", vec![samples(0.2), samples(0.1), samples(0.4)]),
            ("classes", vec![samples(0.1), samples(0.2), skipped()]),
        ],
    ));
    let mut hits = Section::new("Hits", "What a hit is.");
    for (name, time, ratio) in [
        ("headline_1.py, first hit", 2e-5, Some(2.0)),
        ("headline_2.py, first hit", 1e-5, Some(6.0)),
        ("headline_1.py, first hit, packed", 2e-6, Some(9.0)),
        ("100 objects", 1e-5, None),
        ("100000 objects", 1.1e-5, None),
    ] {
        hits.row(name, &Samples::new(vec![time]), ratio);
    }
    report.add(hits);
    report.conclude();
    report
}

#[test]
fn tables_of_known_data() {
    insta::assert_snapshot!(report().to_string());
}

#[test]
fn a_chart_of_known_data() {
    let report = report();
    let charts = charts::charts(&report);
    let names: Vec<_> = charts.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, ["start", "interp", "interp-programs"]);
    insta::assert_snapshot!(charts[0].1.svg());
}

#[test]
fn curves_of_known_data() {
    let mut report = report();
    assert!(charts::curves(&report).is_empty());
    let cells = |values: [f64; 3]| values.map(samples).to_vec();
    report.add(grid(
        "store_time",
        Unit::Seconds,
        &["10000 objects", "100000 objects", "1000000 objects"],
        vec![
            ("`cache info`, in packs", cells([0.005, 0.006, 0.02])),
            ("`cache export`", cells([0.1, 1.0, 11.0])),
            ("what is not drawn", cells([1.0, 1.0, 1.0])),
        ],
    ));
    let curves = charts::curves(&report);
    assert_eq!(curves.len(), 1);
    insta::assert_snapshot!(curves[0].1.svg());
}

#[test]
fn a_target_that_nothing_measured_is_neither_reached_nor_missed() {
    let report = report();
    let of = |what: &str| report.targets.iter().find(|target| format!("{target:?}").contains(what)).unwrap().reached();
    assert_eq!(of("hello / `python3.13`\""), Some(true));
    assert_eq!(of("hello / `python3.13 -I -S`"), Some(false));
    assert_eq!(of("headline form"), None);
    assert_eq!(of("interpreter programs"), Some(true));
    assert_eq!(of("binary with"), Some(false));
}

#[test]
fn programs_read_it_too() {
    let json = serde_json::to_value(report()).unwrap();
    assert_eq!(json["parts"][0]["grid"]["cases"][0][0], "hello");
    assert_eq!(json["parts"][0]["grid"]["cases"][0][1][1]["measured"]["median"], 0.02);
    assert_eq!(json["parts"][1]["grid"]["cases"][1][1][2]["skipped"], "it has no classes");
}

#[test]
fn only_what_stands_between_the_markers_is_replaced() {
    let room = tempfile::tempdir().unwrap();
    let path = room.path().join("document.md");
    fs::write(&path, format!("before\n{BEGIN}\nfigures of yesterday\n{END}\nafter\n")).unwrap();
    report().write_into(&path).unwrap();
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.starts_with(&format!("before\n{BEGIN}\n")) && text.ends_with(&format!("{END}\nafter\n")));
    assert!(text.contains("The interp table") && !text.contains("yesterday"));
    fs::write(&path, "no markers").unwrap();
    assert!(report().write_into(&path).is_err());
}
