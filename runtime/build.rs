//! Compiles the standard library into the bundle that is embedded in the
//! library (`src/stdlib.rs`), with our own compiler and our own bundle format:
//! what users ship is what we ship.

use std::{
    env,
    error::Error,
    fs,
    path::{Path, PathBuf},
};

use pyc_rs_cache::{BundleWriter, KeyInputs};
use pyc_rs_compiler::{Options, Stack, compile, engine};
use rustpython_compiler_core::{bytecode::BasicBag, frozen::FrozenCodeObject, marshal};

/// Files of the standard library that the engine cannot compile, with the reason.
/// None at present: a file that fails must be named here or the build stops.
const REJECTED: [&str; 0] = [];

/// Files of the standard library in whose place ours of the same name stand; each says why.
const REPLACED: [&str; 1] = ["_colorize.py"];

/// Modules and packages that nearly every program imports, or another module for it: their
/// code is decoded straight from the bundle. All other code is kept compressed, for the size
/// of the binary; that adds a thirtieth to what its import takes.
const OFTEN: &[&str] = &[
    "__future__",
    "_collections_abc",
    "_colorize",
    "_py_warnings",
    "_pyc_rs_importer",
    "_pyc_rs_start",
    "_sitebuiltins",
    "_weakrefset",
    "abc",
    "argparse",
    "bz2",
    "codecs",
    "collections",
    "compression",
    "contextlib",
    "copy",
    "copyreg",
    "dataclasses",
    "enum",
    "fnmatch",
    "functools",
    "genericpath",
    "gettext",
    "io",
    "json",
    "keyword",
    "linecache",
    "locale",
    "lzma",
    "operator",
    "os",
    "posixpath",
    "re",
    "reprlib",
    "runpy",
    "shutil",
    "site",
    "stat",
    "textwrap",
    "threading",
    "token",
    "tokenize",
    "traceback",
    "types",
    "typing",
    "warnings",
    "weakref",
];

/// The same of packages whose other modules hardly any program imports.
const OFTEN_ALONE: &[&str] = &[
    "encodings",
    "encodings.aliases",
    "encodings.ascii",
    "encodings.latin_1",
    "encodings.utf_8",
    "importlib",
    "importlib._abc",
    "importlib.machinery",
    "importlib.util",
];

fn is_often_imported(module: &str) -> bool {
    OFTEN.contains(&module.split('.').next().unwrap_or_default()) || OFTEN_ALONE.contains(&module)
}

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=python");
    let mut writer = BundleWriter::new(engine::FINGERPRINT);
    let lib = Path::new(rustpython_pylib::LIB_PATH);
    add_folder(&mut writer, lib, lib)?;
    let own = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("python");
    add_folder(&mut writer, &own, &own)?;
    let out = PathBuf::from(env::var("OUT_DIR")?);
    fs::write(out.join("stdlib.pycb"), writer.finish()?)?;
    fs::copy(lib.join("PSF-LICENSE"), out.join("PSF-LICENSE"))?;
    fs::write(out.join("calls_back.bin"), frozen(CALLS_BACK)?)?;
    Ok(())
}

/// What the engine finds in its table in place of the import system (`src/frozen.rs`).
const CALLS_BACK: &str = "__pyc_rs_fill__(globals())\n";

/// Code in the form of the engine's own table.
fn frozen(source: &str) -> Result<Vec<u8>, Box<dyn Error>> {
    let compiled = compile(source.as_bytes(), Options::default(), Stack::MAIN_THREAD)?;
    let code = marshal::deserialize_code(&mut &compiled.payload[..], BasicBag).map_err(|error| error.to_string())?;
    Ok(FrozenCodeObject::encode(&code).bytes)
}

fn add_folder(writer: &mut BundleWriter, root: &Path, folder: &Path) -> Result<(), Box<dyn Error>> {
    let mut entries = fs::read_dir(folder)?.collect::<Result<Vec<_>, _>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let path = entry.path();
        let skipped = entry.file_name().to_str().is_none_or(|name| name == "__pycache__" || name.starts_with('.'));
        if skipped {
            continue;
        }
        if entry.file_type()?.is_dir() {
            add_folder(writer, root, &path)?;
        } else {
            add_file(writer, root, &path).map_err(|error| format!("{}: {error}", path.display()))?;
        }
    }
    Ok(())
}

fn add_file(writer: &mut BundleWriter, root: &Path, path: &Path) -> Result<(), Box<dyn Error>> {
    let relative = path.strip_prefix(root)?.to_str().ok_or("a name that is not UTF-8")?.replace('\\', "/");
    let bytes = fs::read(path)?;
    let replaced = REPLACED.contains(&relative.as_str());
    if replaced && root == Path::new(rustpython_pylib::LIB_PATH) {
        return Ok(());
    }
    let Some((module, is_package)) = module_name(&relative) else {
        writer.add_data(&relative, bytes, true);
        return Ok(());
    };
    if !REJECTED.contains(&relative.as_str()) {
        let options = Options::default();
        let key = KeyInputs {
            source: &bytes,
            mode: options.mode.code(),
            optimize: options.optimize.level(),
            flags: options.flags(),
            engine: engine::FINGERPRINT,
        }
        .key();
        let compiled = compile(&bytes, options, Stack::MAIN_THREAD)?;
        writer.add_code(&module, is_package, key, compiled.payload, !is_often_imported(&module));
    }
    writer.add_source(&module, is_package, bytes, true);
    Ok(())
}

/// `json/decoder.py` is `json.decoder`; `json/__init__.py` is the package `json`.
fn module_name(relative: &str) -> Option<(String, bool)> {
    let stem = relative.strip_suffix(".py")?;
    let (stem, is_package) = stem.strip_suffix("/__init__").map_or((stem, false), |package| (package, true));
    let is_identifier = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_alphanumeric() || c == '_');
    stem.split('/').all(is_identifier).then(|| (stem.replace('/', "."), is_package))
}
