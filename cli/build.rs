//! How the `pyc-rs` binary is linked.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let target = |what: &str| std::env::var(format!("CARGO_CFG_TARGET_{what}")).unwrap_or_default();
    if target("OS") == "linux" && target("ARCH") == "x86_64" {
        // At a fixed address: tens of thousands of pointers in the engine's tables
        // need no relocation at every start.
        println!("cargo:rustc-link-arg-bins=-no-pie");
    }
}
