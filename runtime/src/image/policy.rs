//! What of the program's variables an image holds.
//!
//! Everything is named here: crates whose variables are the interpreter and so
//! belong to the image, crates and symbols whose variables belong to the process.
//! A variable that is in neither list stops the making of an image, and the test
//! `every_variable_is_classified` in `tests/image.rs`: a new dependency cannot slip one in.

/// Whether a variable is in images.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// It is saved and restored.
    Image,
    /// Each process has its own.
    Process,
    /// Nobody has said yet.
    Unknown,
}

/// The interpreter, and what its heap relies on.
const IMAGE: [&str; 9] = [
    "rustpython_vm",
    "rustpython_common",
    "rustpython_stdlib",
    "rustpython_host_env",
    // The secrets that hash tables in the image are hashed with.
    "rapidhash",
    // Its table of parked threads, of whom there are none, and its count of threads.
    "parking_lot_core",
    "pyc_rs_runtime",
    // What they have found out about the processor: an image is used on one that can do the same.
    "blake3",
    "std_detect",
];

/// Variables of those crates that belong to the process all the same: (part of the
/// symbol, why).
const OF_THE_PROCESS: [(&str, &str); 17] = [
    ("pyc_rs_runtime5image", "the arena itself"),
    ("vm6thread19INTERP_THREAD_SLOTS", "the thread registers itself when it enters the interpreter"),
    ("vm6thread19CURRENT_THREAD_SLOT", "as above"),
    ("vm6thread16FRAME_SLOT_CACHE", "as above"),
    ("vm6thread22CURRENT_STOP_REQUESTED", "as above"),
    ("generate_time_safe", "clock sequence and node of time-based UUIDs"),
    ("hardware_node_id", "the machine's network address"),
    ("ensure_atfork_hook_registered", "a hook that the C library holds"),
    ("POST_FORK_CHILD", "set by that hook"),
    ("faulthandler21FATAL_SIGNAL_HANDLERS", "signal handlers that the kernel holds"),
    ("faulthandler12USER_SIGNALS", "as above"),
    ("faulthandler4decl11FATAL_ERROR", "what those handlers write to"),
    ("faulthandler4decl8WATCHDOG", "a thread"),
    ("faulthandler_dump_traceback9REENTRANT", "set while a handler runs"),
    ("ssl9providers10CRYPTO_EXT", "the TLS engine is installed anew"),
    ("ssl7session18NEXT_SESSION_NONCE", "names TLS sessions"),
    ("CTYPES_LOCAL_ERRNO", "an error number"),
];

/// Crates whose variables belong to the process: caches of what the processor and the
/// kernel can do, random generators, threads, streams, the allocator.
const PROCESS: [&str; 46] = [
    "std",
    "core",
    "alloc",
    "compiler_builtins",
    "aes",
    "arc_swap",
    "bstr",
    "chacha20",
    "clap_builder",
    "colorchoice",
    "console",
    "core_detect",
    "crc_fast",
    "crossbeam_epoch",
    "fastrand",
    "futures_util",
    "getrandom",
    "httparse",
    "hyper_util",
    "ignore",
    "libbz2_rs_sys",
    "log",
    "memchr",
    "memmap2",
    "num_cpus",
    "opendal_core",
    "opendal_service_s3",
    "parking_lot",
    "polyval",
    "pyc_rs",
    "pyc_rs_cache",
    "rand",
    "rayon_core",
    "regex_automata",
    "reqwest",
    "ring",
    "rustix",
    "rustls",
    "rustyline",
    "sha1",
    "sha2",
    "stacker",
    "tempfile",
    "tokio",
    "tracing_core",
    "url",
];

/// As above; their names say less: the decoders' tables, filled when first used.
const PROCESS_TABLES: [&str; 3] = ["x509_parser", "xz_core", "zlib_rs"];

/// Classifies a variable by its symbol. C code's variables belong to the process: nothing
/// in the interpreter's heap may point to them, which is checked when an image is made.
#[must_use]
pub fn classify(symbol: &str) -> Class {
    let Some(krate) = defining_crate(symbol) else { return Class::Process };
    if IMAGE.contains(&krate) {
        let exception = OF_THE_PROCESS.iter().any(|(part, _)| symbol.contains(part));
        return if exception { Class::Process } else { Class::Image };
    }
    if PROCESS.contains(&krate) || PROCESS_TABLES.contains(&krate) { Class::Process } else { Class::Unknown }
}

/// The crate that a Rust symbol is defined in, by either mangling; `None` for C.
#[must_use]
pub fn defining_crate(symbol: &str) -> Option<&str> {
    if let Some(path) = symbol.strip_prefix("_ZN") {
        let first = counted(path)?;
        // `<krate::Type as Trait>::function`
        let Some(kind) = first.strip_prefix("_$LT$") else { return Some(first) };
        let kind = kind.trim_start_matches(|c: char| !c.is_alphanumeric());
        return kind.split("..").next();
    }
    let mut rest = symbol.strip_prefix("_R")?;
    // `Cs<disambiguator>_<length><name>` is a crate's root; the first one is the path's.
    loop {
        rest = rest.get(rest.find("Cs")? + 2..)?;
        let (disambiguator, name) = rest.split_once('_')?;
        if disambiguator.chars().all(char::is_alphanumeric)
            && let Some(name) = counted(name)
        {
            return Some(name);
        }
    }
}

/// `3abc...` is `abc`.
fn counted(text: &str) -> Option<&str> {
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (len, rest) = text.split_at(digits);
    rest.get(..len.parse().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crates_are_read_from_symbols() {
        for (symbol, krate) in [
            ("_ZN9rapidhash5inner7seeding7secrets14SECRET_STORAGE17h9a9eb0ad4045ad97E", Some("rapidhash")),
            (
                "_ZN77_$LT$rustpython_vm..builtins..str..PyStr$u20$as$u20$rustpython_vm..class..StaticType$GT$3CELL17hE",
                Some("rustpython_vm"),
            ),
            ("_RNvNtNtCsjrHSEGnQ3l9_3std2io5stdio6STDOUT", Some("std")),
            ("_RNvNvNtNtNtCscTPYGNvQQN5_6memchr4arch6x86_646memchr10memchr_raw2FN", Some("memchr")),
            ("sqlite3Config", None),
            ("_R", None),
            ("_ZN999x", None),
        ] {
            assert_eq!(defining_crate(symbol), krate, "{symbol}");
        }
    }

    #[test]
    fn exceptions_go_before_their_crate() {
        let with = |path: &str| classify(&format!("_ZN13rustpython_vm{path}17h0E"));
        assert_eq!(with("2vm11HASH_SECRET"), Class::Image);
        assert_eq!(with("2vm6thread16FRAME_SLOT_CACHE"), Class::Process);
        assert_eq!(classify("_ZN3new5crate17h0E"), Class::Unknown);
    }
}
