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
            let value = std::env::var_os(name).unwrap_or_default();
            if value != "off" && value != "on" {
                return Ok(Some(image::Choice::File(value.into())));
            }
        }
        Ok(match settings.get("image").map_err(globals::UsageError)?.as_deref() {
            Some("off") => None,
            Some("on") | None => Some(image::Choice::Default),
            Some(path) => Some(image::Choice::File(path.into())),
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

    /// Boots the engine, from an image if one fits. The second is whether a default image
    /// was looked for and there is none yet.
    pub(crate) fn boot(
        &self,
        builder: EngineBuilder,
        globals: &globals::Globals,
        verbose: bool,
    ) -> anyhow::Result<(Engine, bool)> {
        let Some(choice) = self.choice(&globals.settings)? else { return Ok((builder.boot()?, false)) };
        let mut said = "started from an image".to_owned();
        let (mut missing, mut hint) = (false, false);
        let engine = builder.boot_from(&choice, &mut |refusal| {
            said = format!("no image: {refusal}");
            missing = refusal.is_missing() && matches!(choice, image::Choice::Default);
            hint = refusal.is_stale();
        })?;
        if verbose {
            globals::note(&said);
        }
        if hint {
            globals::hint(&format!("{said}; make it anew with `pyc-rs image build`"));
        }
        Ok((engine, missing))
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
