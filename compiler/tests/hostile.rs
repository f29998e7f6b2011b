//! Sources that break compilers: each must be compiled or refused, on a small
//! stack, without taking the process down.

#![allow(missing_docs)]

use pyc_rs_compiler::{CompileError, Compiled, FaultKind, Options, Stack, compile};

/// Compiles on a thread with the smallest stack that is promised to be enough.
fn on_small_stack(source: String) -> Result<Compiled, CompileError> {
    std::thread::Builder::new()
        .stack_size(Stack::MAIN_THREAD.bytes() + (512 << 10))
        .spawn(move || compile(source.as_bytes(), Options::default(), Stack::MAIN_THREAD))
        .unwrap()
        .join()
        .unwrap()
}

fn fault(source: String) -> (FaultKind, String) {
    match on_small_stack(source) {
        Err(CompileError::Source(faults)) => (faults.diagnostics()[0].kind, faults.diagnostics()[0].message.clone()),
        Err(other) => panic!("expected a fault in the source, got {other}"),
        Ok(_) => panic!("expected a fault in the source, but it compiled"),
    }
}

#[test]
fn a_hundred_thousand_parentheses() {
    let n = 100_000;
    assert_eq!(
        fault(format!("x = {}1{}\n", "(".repeat(n), ")".repeat(n))),
        (FaultKind::Syntax, "too many nested parentheses".into())
    );
    assert_eq!(fault("(".repeat(n)).0, FaultKind::Syntax);
    assert_eq!(fault("[".repeat(n)).0, FaultKind::Syntax);
    assert_eq!(fault("{".repeat(n)).0, FaultKind::Syntax);
}

#[test]
fn chains_too_deep_are_refused() {
    for unit in ["1+", "not ", "lambda: ", "1 if y else ", "a**", ".b", "()", "[0]"] {
        let start = if unit.starts_with(['.', '(', '[']) { "a" } else { "" };
        let end = if start.is_empty() { "1" } else { "" };
        let (kind, _) = fault(format!("x = {start}{}{end}\n", unit.repeat(60_000)));
        assert_eq!(kind, FaultKind::Recursion, "{unit}");
    }
    // Whether these nest, repeat or mean nothing is the parser's business.
    for unit in ["-", "await ", "a.b and not ", "x[", "f'{", "{**", "*", "yield ", "x:=", "@"] {
        let _ = on_small_stack(format!("x = {}1\n", unit.repeat(12_000)));
    }
}

#[test]
fn an_expression_of_five_megabytes() {
    assert_eq!(fault(format!("x = {}1\n", "1+".repeat(2_500_000))).0, FaultKind::Recursion);
    let flat = format!("x = [{}]\n", "1234, ".repeat(900_000));
    assert!(on_small_stack(flat).is_ok());
}

#[test]
fn chains_within_the_limit_compile() {
    for unit in ["1+", "not ", "-"] {
        on_small_stack(format!("x = {}1\n", unit.repeat(4_900))).unwrap();
    }
    on_small_stack(format!("x = a{}\n", ".b".repeat(9_000))).unwrap();
    on_small_stack(format!("x = a{}\n", "()".repeat(9_000))).unwrap();
    on_small_stack(format!("x = {}1\n", "lambda: ".repeat(150))).unwrap();
}

#[test]
fn functions_within_functions_have_a_limit() {
    let source = format!("x = {}1\n", "lambda: ".repeat(1_000));
    assert!(matches!(on_small_stack(source), Err(CompileError::TooDeep { .. })));
}

#[test]
fn twenty_thousand_else_ifs() {
    let arms: String = (0..20_000).map(|n| format!("elif x == {n}:\n    y = {n}\n")).collect();
    on_small_stack(format!("if x:\n    pass\n{arms}else:\n    pass\n")).unwrap();
}

#[test]
fn blocks_within_blocks() {
    let nested: String = (0..3_000).map(|depth| format!("{}if x:\n", " ".repeat(depth))).collect();
    let _ = on_small_stack(format!("{nested}{}pass\n", " ".repeat(3_000)));
}

#[test]
fn empty_odd_and_unfinished_sources() {
    for source in [
        "",
        "\n",
        "\\",
        "'''",
        "f'{",
        "f'{x",
        "def f(",
        "@",
        "class",
        "x = \u{feff}1",
        "\t\tx",
        "if x:\n\ty\n        z",
    ] {
        let _ = on_small_stack(source.to_owned());
    }
}
