//! `pyc-rs image`, and how `run` uses images.

use std::path::PathBuf;

use pyc_rs_runtime::{CodeCache, Engine, EngineBuilder, image};

use crate::config::{Settings, Source};
use crate::globals;

/// What `run` takes.
#[derive(clap::Args, Clone, Debug, Default)]
pub(crate) struct RunArgs {
    /// Start from this image.
    #[arg(
        long,
        value_name = "IMAGE",
        conflicts_with = "no_image",
        help = "Start from this image, not from the default one [env: PYC_RS_IMAGE=FILE]"
    )]
    pub(crate) image: Option<PathBuf>,
    /// Start without an image.
    #[arg(long, help = "Start without an image [env: PYC_RS_IMAGE=off]")]
    no_image: bool,
}

impl RunArgs {
    fn choice(&self, settings: &Settings) -> anyhow::Result<Option<image::Choice>> {
        if self.no_image {
            return Ok(None);
        }
        if let Some(path) = &self.image {
            return Ok(Some(image::Choice::File(path.clone())));
        }
        // A path may be any bytes.
        if let Source::Environment(name) = settings.source("image") {
            return Ok(choice_of(std::env::var_os(name).unwrap_or_default()));
        }
        Ok(match settings.get("image").map_err(globals::UsageError)? {
            Some(value) => choice_of(value.into()),
            None => Some(image::Choice::Default),
        })
    }

    /// The file to start from, if an image is wanted.
    pub(crate) fn file(&self, globals: &globals::Globals, cache: &CodeCache) -> anyhow::Result<Option<PathBuf>> {
        Ok(match self.choice(&globals.settings)? {
            Some(image::Choice::File(path)) => Some(path),
            Some(image::Choice::Default) => {
                image::conditions().and_then(image::identity).and_then(|identity| cache.store().image_path(&identity))
            }
            None => None,
        })
    }

    /// Says so if an image is named that a start would not use.
    pub(crate) fn check_named(&self) {
        if let Some(path) = &self.image
            && let Err(reason) = image::check(path)
        {
            globals::warning(&format!("{}: no image: {reason}", path.display()));
        }
    }

    /// Boots the engine, from an image if one fits. The second is whether a default image
    /// was looked for and there is none that can be used, but another one could.
    pub(crate) fn boot(
        &self,
        builder: EngineBuilder,
        globals: &globals::Globals,
        cache: &CodeCache,
        verbose: bool,
    ) -> anyhow::Result<(Engine, bool)> {
        let Some(choice) = self.choice(&globals.settings)? else {
            if verbose {
                globals::note("no image: it is switched off");
            }
            return Ok((builder.boot()?, false));
        };
        let mut refused = None;
        let engine = builder.boot_from(&choice, &mut |refusal| {
            let lacks = refusal.is_missing() || refusal.is_useless();
            refused = Some((refusal.to_string(), lacks, refusal.is_missing(), refusal.is_stale()));
        })?;
        let Some((reason, lacks, is_missing, is_stale)) = refused else {
            if verbose {
                let file = self.file(globals, cache)?.unwrap_or_default();
                globals::note(&format!("started from an image: {}", file.display()));
            }
            return Ok((engine, false));
        };
        match choice {
            // Who names an image for this run wants to know. The environment names one for all runs, of
            // which some cannot use it.
            image::Choice::File(path) => {
                let path = path.display();
                if self.image.is_some() {
                    globals::warning(&format!("{path}: no image: {reason}"));
                } else if verbose || is_stale {
                    globals::note(&format!("no image: {reason}"));
                }
                if is_stale {
                    globals::hint(&format!(
                        "`pyc-rs image build -o {path}`, with the `--preload` or `--from` that it was made with, makes it anew"
                    ));
                }
                return Ok((engine, false));
            }
            image::Choice::Default if verbose => {
                let failure = self.file(globals, cache)?.and_then(|file| cache.store().image_failure(&file));
                globals::note(&match failure {
                    Some(failure) if lacks => {
                        format!("no image: making one has failed ({failure}); `pyc-rs image build` tries it again")
                    }
                    _ if is_missing => "no image yet: one is made after this run".to_owned(),
                    _ => format!("no image: {reason}"),
                });
            }
            image::Choice::Default => {}
        }
        Ok((engine, lacks))
    }
}

/// What a value of the setting means.
fn choice_of(value: std::ffi::OsString) -> Option<image::Choice> {
    match value.to_str().map(str::to_ascii_lowercase).as_deref() {
        Some("off" | "no" | "false" | "0") => None,
        Some("on" | "yes" | "true" | "1" | "") => Some(image::Choice::Default),
        _ => Some(image::Choice::File(value.into())),
    }
}

#[cfg(all(target_os = "linux", target_arch = "x86_64", target_env = "gnu"))]
#[path = "image/making.rs"]
mod making;

#[cfg(all(target_os = "linux", target_arch = "x86_64", target_env = "gnu"))]
pub(crate) use making::{Args, build_later, run};

/// There are no images here to be made.
#[cfg(not(all(target_os = "linux", target_arch = "x86_64", target_env = "gnu")))]
pub(crate) fn build_later(_globals: &globals::Globals, _cache: &pyc_rs_runtime::CodeCache) {}
