//! `pyc-rs image`.

use std::{
    ffi::OsString,
    fmt::Write as _,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command as Process, ExitCode, Stdio},
};

use anyhow::Context as _;
use pyc_rs_runtime::{
    CodeCache, StoreMode,
    cache::{ImageFile, ImageLock, Store},
    detach_in_background, image, open_store,
};
use serde_json::{Value, json};

use crate::globals::{self, Format, Globals, human_bytes};

/// Version of every JSON object that these commands print.
const SCHEMA: u32 = 1;

#[derive(clap::Args, Debug)]
#[command(
    after_help = "Examples:\n  pyc-rs image build                              the image that `run` starts from\n  pyc-rs image build --preload rich -o app.pyci   one with modules of yours\n  pyc-rs run --image app.pyci main.py\n  pyc-rs image list --format json\n\n`run` starts from the default image, and has it made after the first start; PYC_RS_IMAGE=off opts out."
)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand, Debug)]
enum Command {
    /// Make an image: the default one, or one with modules of an application.
    #[command(
        after_help = "Examples:\n  pyc-rs image build\n  pyc-rs image build --preload sympy,networkx -o app.pyci\n  pyc-rs image build --from main.py -o app.pyci"
    )]
    Build {
        /// Import these modules ahead, besides those of the default image.
        #[arg(
            long,
            value_name = "MODULES",
            value_delimiter = ',',
            requires = "output",
            value_parser = clap::builder::NonEmptyStringValueParser::new()
        )]
        preload: Vec<String>,
        /// Import ahead what this program imports at its top level.
        #[arg(long, value_name = "FILE", requires = "output")]
        from: Option<PathBuf>,
        /// Write it here. The default image, without `--preload` and `--from`, goes into the cache.
        #[arg(short, long, value_name = "IMAGE")]
        output: Option<PathBuf>,
        /// Say nothing and disturb nobody.
        #[arg(long, hide = true)]
        background: bool,
        #[command(flatten)]
        reporting: Reporting,
    },
    /// Record in this process.
    #[command(hide = true)]
    Record {
        #[arg(long)]
        default: bool,
        #[arg(long)]
        from: Option<PathBuf>,
        #[arg(long)]
        output: PathBuf,
        modules: Vec<String>,
    },
    /// List the images in the cache.
    List(Reporting),
    /// Show what an image holds, and whether it can be used from here.
    Info {
        /// The image; the default one if none is named.
        image: Option<PathBuf>,
        #[command(flatten)]
        reporting: Reporting,
    },
    /// Check every byte of an image.
    #[command(after_help = "The exit status is 1 if the image is not what was written.")]
    Verify {
        /// The image; the default one if none is named.
        image: Option<PathBuf>,
        #[command(flatten)]
        reporting: Reporting,
    },
    /// Remove the images in the cache.
    Clear(Reporting),
}

#[derive(clap::Args, Clone, Copy, Debug)]
struct Reporting {
    /// How to report.
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: Format,
}

impl Reporting {
    fn print(self, mut value: Value, text: &str) -> anyhow::Result<()> {
        let mut out = anstream::stdout().lock();
        match self.format {
            Format::Json => {
                value["schema"] = SCHEMA.into();
                writeln!(out, "{value}")?;
            }
            Format::Text => writeln!(out, "{text}")?,
        }
        Ok(())
    }
}

pub(crate) fn run(args: &Args, globals: &Globals) -> anyhow::Result<ExitCode> {
    let store = || open_store(globals.cache_dir.clone(), StoreMode::ReadWrite);
    match &args.command {
        Command::Build { preload, from, output, background, reporting } => {
            if *background {
                detach_in_background();
            }
            let job = Job { store: store(), preload, from: from.as_deref(), output: output.as_deref() };
            job.build(*background, globals.size_limit()?, *reporting)
        }
        Command::Record { default, from, output, modules } => {
            let cache = CodeCache::new(store());
            let recording = image::Recording { modules: modules.clone(), from: from.clone(), default: *default, cache };
            let recorded = image::record(&recording, output)?;
            let modules = recorded.info.modules.len();
            let said = json!({
                "bytes": recorded.bytes, "modules": modules, "placed": recorded.placed, "warmed": recorded.warmed
            });
            // After whatever the modules have printed.
            write!(std::io::stdout(), "\n{said}")?;
            Ok(ExitCode::SUCCESS)
        }
        Command::List(reporting) => list(&store(), *reporting),
        Command::Info { image, reporting } => info(&chosen(image.as_ref(), &store())?, *reporting),
        Command::Verify { image, reporting } => verify(&chosen(image.as_ref(), &store())?, *reporting),
        Command::Clear(reporting) => {
            let images = store().clear_images()?;
            let bytes: u64 = images.iter().map(|image| image.len).sum();
            let text = format!("removed {} ({})", globals::counted(images.len() as u64, "image"), human_bytes(bytes));
            reporting.print(json!({"removed": images.len(), "removed_bytes": bytes}), &text)?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// Where the default image lies.
fn default_path(store: &Store) -> anyhow::Result<PathBuf> {
    let identity = image::conditions().and_then(image::identity).context("this program is not linked for images")?;
    store.image_path(&identity).context("there is no cache to keep images in")
}

fn chosen(named: Option<&PathBuf>, store: &Store) -> anyhow::Result<PathBuf> {
    named.map_or_else(|| default_path(store), |path| Ok(path.clone()))
}

struct Job<'a> {
    store: Store,
    preload: &'a [String],
    from: Option<&'a Path>,
    output: Option<&'a Path>,
}

impl Job<'_> {
    fn build(&self, background: bool, limit: u64, reporting: Reporting) -> anyhow::Result<ExitCode> {
        let target = match self.output {
            Some(output) => std::path::absolute(output)?,
            None => default_path(&self.store)?,
        };
        self.check_files(&target)?;
        let lock = if self.output.is_none() { self.lock(&target, background)? } else { None };
        if self.output.is_none() && lock.is_none() {
            return Ok(ExitCode::SUCCESS);
        }
        let made = self.record(&target).and_then(|made| self.check_size(&target, made, limit));
        if self.output.is_none() {
            let failure = made.as_ref().err().map(|error| format!("{error:#}"));
            self.store.set_image_failure(&target, failure.as_deref());
        }
        let made = made?;
        if self.output.is_none() {
            self.remove_outdated();
        }
        let (bytes, modules) = (made["bytes"].as_u64().unwrap_or(0), made["modules"].as_u64().unwrap_or(0));
        let path = target.display().to_string();
        let text = format!("{path}: {}, {}", human_bytes(bytes), globals::counted(modules, "module"));
        reporting.print(json!({"path": path, "bytes": bytes, "modules": modules}), &text)?;
        Ok(ExitCode::SUCCESS)
    }

    /// Says what is wrong with files that the recording could not say as well.
    fn check_files(&self, target: &Path) -> anyhow::Result<()> {
        if self.output.is_some() && target.is_dir() {
            anyhow::bail!("{} is a folder; name the file to write", target.display());
        }
        let Some(from) = self.from else { return Ok(()) };
        let meta = std::fs::File::open(from).and_then(|file| file.metadata());
        let meta = meta.with_context(|| format!("cannot read {}", from.display()))?;
        if !meta.is_file() {
            anyhow::bail!("{} is not a file", from.display());
        }
        Ok(())
    }

    /// The right to make the default image; `None` if there is nothing to do. Who asks for it waits
    /// for another who makes it, what is done by the way does not.
    fn lock(&self, target: &Path, background: bool) -> anyhow::Result<Option<ImageLock>> {
        let mut lock = self.store.lock_image(target)?;
        if lock.is_none() && !background {
            if self.store.effective_mode().mode != StoreMode::ReadWrite {
                anyhow::bail!(
                    "the cache cannot be written (`pyc-rs cache info` says why); `-o FILE` writes an image elsewhere"
                );
            }
            globals::note("another process makes the image just now; waiting for it");
            lock = self.store.wait_for_image_lock(target)?;
        }
        let is_there = target.exists() && !image::info(target).is_err_and(|refusal| refusal.is_useless());
        let is_done = is_there || self.store.image_failure(target).is_some();
        Ok(lock.filter(|_| !(background && is_done)))
    }

    /// An image that the cache has no room for would be removed, and made again, and again.
    fn check_size(&self, target: &Path, made: Value, limit: u64) -> anyhow::Result<Value> {
        let bytes = made["bytes"].as_u64().unwrap_or(0);
        if self.output.is_none() && bytes > limit {
            let _ = std::fs::remove_file(target);
            anyhow::bail!(
                "the image takes {}, and the cache may take {} (PYC_RS_CACHE_SIZE)",
                human_bytes(bytes),
                human_bytes(limit)
            );
        }
        Ok(made)
    }

    /// Removes default images of what this program was before it was built anew.
    fn remove_outdated(&self) {
        let Ok(program) = std::env::current_exe() else { return };
        for file in self.store.images().unwrap_or_default() {
            let Ok((info, Err(refusal))) = image::info(&file.path) else { continue };
            if info.default && info.program == program && refusal.is_of_another_build() {
                // What is left of them, `cache gc` removes some day.
                let _ = self.store.remove_image(&file);
            }
        }
    }

    /// Records in a process of its own, which nothing but the request takes part in.
    fn record(&self, target: &Path) -> anyhow::Result<Value> {
        let program = std::env::current_exe().context("cannot find this program")?;
        let mut process = Process::new(program);
        if let Some(root) = self.store.root() {
            process.arg("--cache-dir").arg(root);
        }
        process.args(["image", "record", "--output"]).arg(target);
        if self.output.is_none() {
            process.arg("--default").env_remove("HOME");
        }
        if let Some(from) = self.from {
            process.arg("--from").arg(std::path::absolute(from)?);
        }
        for (name, _) in std::env::vars_os() {
            if name.as_encoded_bytes().starts_with(b"PYTHON") {
                process.env_remove(name);
            }
        }
        if let (Some(paths), Some(_)) = (std::env::var_os("PYTHONPATH"), self.output) {
            process.env("PYTHONPATH", absolute_paths(&paths)?);
        }
        let own = self.preload.iter().map(String::as_str);
        process.args(image::DEFAULT_MODULES.into_iter().chain(own)).current_dir("/").stdin(Stdio::null());
        let output = process.output().context("cannot start the recording")?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            let reason = said.trim().rsplit_once("error: ").map_or(said.trim(), |(_, reason)| reason);
            anyhow::bail!(
                "the image cannot be made: {}",
                if reason.is_empty() { "the recording died" } else { reason }
            );
        }
        let said = output.stdout.rsplit(|&byte| byte == b'\n').next().unwrap_or_default();
        serde_json::from_slice(said).context("the recording said nothing")
    }
}

fn absolute_paths(paths: &OsString) -> anyhow::Result<OsString> {
    let paths: Result<Vec<PathBuf>, _> = std::env::split_paths(paths).map(std::path::absolute).collect();
    Ok(std::env::join_paths(paths?)?)
}

/// Leaves a process behind that makes the default image, once for each binary.
pub(crate) fn build_later(globals: &Globals, cache: &CodeCache) {
    let store = cache.store();
    let Ok(target) = default_path(store) else { return };
    if store.effective_mode().mode != StoreMode::ReadWrite || store.image_failure(&target).is_some() {
        return;
    }
    let Ok(program) = std::env::current_exe() else { return };
    let mut process = Process::new(program);
    if let Some(folder) = &globals.cache_dir {
        process.arg("--cache-dir").arg(folder);
    }
    process.args(["image", "build", "--background"]).current_dir("/");
    // If it cannot be started, the next run tries again.
    let _ = process.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
}

fn list(store: &Store, reporting: Reporting) -> anyhow::Result<ExitCode> {
    let images = store.images()?;
    let default = default_path(store).ok();
    let mut text = String::new();
    let mut values = Vec::new();
    for ImageFile { path, len, .. } in &images {
        let (program, usable) = match image::info(path) {
            Ok((info, usable)) => (info.program.display().to_string(), usable),
            Err(refusal) => ("unknown".to_owned(), Err(refusal)),
        };
        let state = usable.map_or_else(|refusal| refusal.to_string(), |()| "usable".to_owned());
        let is_default = default.as_ref() == Some(path);
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{}  {}  {program}  {state}", path.display(), human_bytes(*len));
        values.push(json!({
            "path": path.display().to_string(), "bytes": len, "program": program, "state": state, "default": is_default,
        }));
    }
    if images.is_empty() {
        "no images\n".clone_into(&mut text);
    }
    reporting.print(json!({"images": values}), text.trim_end())?;
    Ok(ExitCode::SUCCESS)
}

fn info(path: &Path, reporting: Reporting) -> anyhow::Result<ExitCode> {
    let (info, usable) = image::info(path).with_context(|| path.display().to_string())?;
    let state = usable.map_or_else(|refusal| refusal.to_string(), |()| "usable".to_owned());
    let text = format!(
        "image    {}\nmade by  {} ({})\nstate    {state}\nmodules  {}\nsources  {}",
        path.display(),
        info.program.display(),
        info.version,
        info.modules.len(),
        info.sources.len(),
    );
    let value = json!({"path": path.display().to_string(), "state": state, "info": info});
    reporting.print(value, &text)?;
    Ok(ExitCode::SUCCESS)
}

fn verify(path: &Path, reporting: Reporting) -> anyhow::Result<ExitCode> {
    let intact = image::is_intact(path).with_context(|| path.display().to_string())?;
    let text = format!("{}: {}", path.display(), if intact { "intact" } else { "damaged" });
    reporting.print(json!({"path": path.display().to_string(), "intact": intact}), &text)?;
    Ok(if intact { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
