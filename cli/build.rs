//! How the `pyc-rs` binary is linked.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-env-changed=CC");
    println!("cargo:rerun-if-env-changed=PYC_RS_FUNCTION_ORDER");
    let target = |what: &str| std::env::var(format!("CARGO_CFG_TARGET_{what}")).unwrap_or_default();
    if target("OS") == "linux" && target("ARCH") == "x86_64" {
        // At a fixed address: tens of thousands of pointers in the engine's tables
        // need no relocation at every start, and a started interpreter can be
        // mapped from an image of it.
        println!("cargo:rustc-link-arg-bins=-no-pie");
        // Functions that a start calls lie side by side, where `.ci/pgo` has found them out.
        if let Some(order) = std::env::var_os("PYC_RS_FUNCTION_ORDER") {
            println!("cargo:rustc-link-arg-bins=-Wl,--symbol-ordering-file={}", order.display());
            println!("cargo:rustc-link-arg-bins=-Wl,--no-warn-symbol-ordering");
        }
        // An image fits the very binary that made it.
        println!("cargo:rustc-link-arg-bins=-Wl,--build-id=sha1");
        if target("ENV") == "gnu" {
            // What the standard library and C code allocate is recorded in images too
            // (runtime/src/image/malloc.rs).
            let allocator = ["malloc", "calloc", "realloc", "free", "posix_memalign", "aligned_alloc"];
            // And what they ask of the main thread's stack has a short answer (stack.rs there).
            for function in allocator.into_iter().chain(["pthread_getattr_np"]) {
                println!("cargo:rustc-link-arg-bins=-Wl,--wrap={function}");
            }
            take_in_libraries();
        }
    }
}

/// Links libffi and the unwinder into the binary, where the machine has them in that form. A
/// library that is loaded at every start costs some 80 us each time, and the version of libffi
/// that the distribution of the day has is not on the next one.
fn take_in_libraries() {
    let Some(folder) = std::env::var_os("OUT_DIR").map(|folder| Path::new(&folder).join("static")) else { return };
    let _ = fs::remove_dir_all(&folder);
    if fs::create_dir_all(&folder).is_err() {
        return;
    }
    // The linker takes the first library of a name that it comes across, and this folder comes
    // before the system's.
    for (archive, linked_as) in [("libffi.a", "libffi.a"), ("libgcc_eh.a", "libgcc_s.a")] {
        if let Some(found) = library(archive) {
            let _ = fs::copy(found, folder.join(linked_as));
        }
    }
    println!("cargo:rustc-link-search=native={}", folder.display());
}

/// Where the compiler of C has a library.
fn library(name: &str) -> Option<PathBuf> {
    let compiler = std::env::var_os("CC").unwrap_or_else(|| "cc".into());
    let output = Command::new(compiler).arg(format!("-print-file-name={name}")).output().ok()?;
    let path = PathBuf::from(String::from_utf8(output.stdout).ok()?.trim());
    // One that it does not have comes back as it was asked for.
    (path.is_absolute() && path.is_file()).then_some(path)
}
