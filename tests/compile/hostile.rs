//! Sources that are out to break the compiler: each is its own failure at most.

use crate::{compile, outline, report, summary, support::Room};

#[test]
fn sources_without_measure_do_not_stop_the_others() {
    let room = Room::new();
    let depth = 100_000;
    room.write("brackets.py", format!("x = {}1{}\n", "[".repeat(depth), "]".repeat(depth)));
    room.write("parens.py", format!("x = {}1{}\n", "(".repeat(depth), ")".repeat(depth)));
    room.write("unclosed.py", "(".repeat(depth));
    room.write("minus.py", format!("x = {}1\n", "-".repeat(depth)));
    room.write("lambdas.py", format!("x = {}1\n", "lambda: ".repeat(depth)));
    room.write("attributes.py", format!("x = a{}\n", ".b".repeat(depth)));
    room.write("calls.py", format!("x = a{}\n", "()".repeat(depth)));
    room.write("indents.py", (0..1000).map(|level| format!("{}if x:\n", " ".repeat(level))).collect::<String>());
    room.write("good.py", "print('still here')\n");
    let found = report(&room, &["."]);
    assert_eq!(found["totals"]["files"], 9);
    for (file, line) in found["files"].as_array().unwrap().iter().zip(outline(&found)) {
        let is_good = file["path"] == "good.py";
        assert_eq!(line.starts_with("compiled "), is_good, "{line}");
        for error in file["errors"].as_array().unwrap() {
            assert_ne!(error["type"], "Internal", "{line}: {}", error["message"]);
        }
    }
    assert_eq!(room.run(&["run", "-v", "good.py"]).ok().compiled_modules(), 0);
}

#[test]
fn an_expression_of_five_megabytes() {
    let room = Room::new();
    room.write("sum.py", format!("x = {}\n", vec!["1"; 2_500_000].join("+")));
    room.write("good.py", "x = 1\n");
    let ran = compile(&room, &["."]).status(1);
    assert_eq!(summary(&ran), "1 compiled, 0 fresh, 1 failed");
    assert!(ran.stderr.starts_with("error[RecursionError]: "), "{}", &ran.stderr[..200]);
    assert!(ran.stderr.contains("--> sum.py:1:5") && ran.stderr.contains("hint: split the expression"));
    // The line is cut to what a person can look at.
    assert!(ran.stderr.len() < 4096, "{} bytes", ran.stderr.len());
}

#[test]
fn a_long_list_is_no_deep_expression() {
    let room = Room::new();
    room.write("list.py", format!("x = [{}]\n", vec!["12345678"; 500_000].join(",")));
    assert_eq!(outline(&report(&room, &["."])), ["compiled new list.py"]);
}

#[test]
fn twenty_thousand_branches_are_compiled() {
    let room = Room::new();
    let branches: String = (1..=20_000).map(|number| format!("elif a == {number}:\n    b = {number}\n")).collect();
    room.write("elifs.py", format!("a = 20000\nif a == 0:\n    b = 0\n{branches}print(b)\n"));
    room.write("good.py", "x = 1\n");
    assert_eq!(summary(&compile(&room, &["."]).ok()), "2 compiled, 0 fresh, 0 failed");
    let ran = room.run(&["run", "-v", "elifs.py"]).ok();
    assert_eq!((ran.stdout.as_str(), ran.compiled_modules()), ("20000\n", 0));
}
