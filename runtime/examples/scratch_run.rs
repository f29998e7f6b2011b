#![allow(missing_docs)]
use pyc_rs_runtime::*;
fn main() {
    let mut a: Vec<String> = std::env::args().skip(1).collect();
    let cache = CodeCache::with_reports(open_store(None, StoreMode::ReadWrite), Some(Box::new(|m: &str| eprintln!("W {m}"))),
      if std::env::var_os("V").is_some() { Some(Box::new(|e: &LoadEvent<'_>| eprintln!("{} {} {:?}", e.origin.as_str(), e.name, e.elapsed))) } else { None });
    let p = if a[0] == "-c" { a.remove(0); let c = a.remove(0); a.insert(0, "-c".into()); Program::Command(c) } else if a[0]=="-m" { a.remove(0); Program::Module(a[0].clone()) } else { Program::at(a[0].clone().into()).unwrap() };
    let e = Engine::builder().cache(cache).argv(a).handle_signals(true).boot().unwrap();
    e.run_program(&p).exit()
}
