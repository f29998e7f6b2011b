#![allow(missing_docs)]
use std::time::Instant;
fn walk(d: &std::path::Path, v: &mut Vec<std::path::PathBuf>) { for e in std::fs::read_dir(d).unwrap() { let p = e.unwrap().path(); if p.is_dir() { if !p.ends_with("site-packages") { walk(&p, v) } } else if p.extension().is_some_and(|e| e == "py") { v.push(p) } } }
fn main() {
    let mut v = vec![]; walk(std::path::Path::new(&std::env::args().nth(1).unwrap()), &mut v);
    v.sort();
    let src: Vec<Vec<u8>> = v.iter().map(|p| std::fs::read(p).unwrap()).collect();
    std::thread::Builder::new().stack_size(80 << 20).spawn(move || {
    for _ in 0..2 {
    let t = Instant::now(); let mut bad = vec![]; let mut n = 0;
    for (p, s) in v.iter().zip(&src) { match pyc_rs_compiler::compile(s, Default::default(), pyc_rs_compiler::Stack::WORKER) { Ok(c) => n += c.payload.len(), Err(e) => bad.push((p, e.to_string())) } }
    println!("ours {:?} {} files {} bytes", t.elapsed(), v.len(), n);
    for b in &bad { println!("  {} {}", b.0.display(), b.1.chars().take(120).collect::<String>()); }
    let t = Instant::now(); let mut nb = 0;
    for (p, s) in v.iter().zip(&src) { if let Ok(s) = pyc_rs_compiler::source::decode(s) { if rustpython_compiler::compile(&s.text, rustpython_compiler_core::Mode::Exec, "x", Default::default()).is_err() { nb += 1; println!("   e {}", p.display()); } } }
    println!("entry {:?} bad {}", t.elapsed(), nb);
    }}).unwrap().join().unwrap();
}
