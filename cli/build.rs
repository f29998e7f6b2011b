//! How the `pyc-rs` binary is linked.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let target = |what: &str| std::env::var(format!("CARGO_CFG_TARGET_{what}")).unwrap_or_default();
    if target("OS") == "linux" && target("ARCH") == "x86_64" {
        // At a fixed address: tens of thousands of pointers in the engine's tables
        // need no relocation at every start, and a started interpreter can be
        // mapped from an image of it.
        println!("cargo:rustc-link-arg-bins=-no-pie");
        // An image fits the very binary that made it.
        println!("cargo:rustc-link-arg-bins=-Wl,--build-id=sha1");
        if target("ENV") == "gnu" {
            // What the standard library and C code allocate is recorded in images too
            // (runtime/src/image/malloc.rs).
            for function in ["malloc", "calloc", "realloc", "free", "posix_memalign", "aligned_alloc"] {
                println!("cargo:rustc-link-arg-bins=-Wl,--wrap={function}");
            }
        }
    }
}
