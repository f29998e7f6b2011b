//! Signatures of bundles: detached files in the format of minisign, so that its own tool can
//! make and check them too.

use std::{
    ffi::OsString,
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use minisign::{KeyPair, SecretKey, SecretKeyBox};
use minisign_verify::{PublicKey, Signature};

use super::{BundleFile, OpenError};

/// Why a bundle is not trusted, or cannot be signed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SignatureError {
    /// A file cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// There is no signature.
    #[error("{} is not signed: there is no {}", path.display(), signature.display())]
    Unsigned {
        /// The bundle.
        path: PathBuf,
        /// Where its signature would be.
        signature: PathBuf,
    },
    /// The signature is malformed, or not of this bundle by this key.
    #[error("the signature {} does not hold for {}: {problem}", signature.display(), path.display())]
    Refused {
        /// The bundle.
        path: PathBuf,
        /// Its signature.
        signature: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// A key is none.
    #[error("{what}: {problem}")]
    Key {
        /// Which key.
        what: String,
        /// What is wrong with it.
        problem: String,
    },
    /// What is signed is no bundle that can be used.
    #[error(transparent)]
    Open(#[from] OpenError),
}

/// A public key whose signatures are trusted.
pub struct TrustedKey {
    key: PublicKey,
}

impl std::fmt::Debug for TrustedKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TrustedKey").finish_non_exhaustive()
    }
}

/// The place of the signature of the bundle at `path`: beside it, with `.minisig` appended.
#[must_use]
pub fn signature_path(path: &Path) -> PathBuf {
    let mut name: OsString = path.as_os_str().to_owned();
    name.push(".minisig");
    name.into()
}

impl TrustedKey {
    /// The key in a file, or, where there is no such file, the key that `text` itself is in
    /// base64.
    ///
    /// # Errors
    ///
    /// When it is neither.
    pub fn read(text: &str) -> Result<Self, SignatureError> {
        let failed = |what: String| {
            move |error: minisign_verify::Error| SignatureError::Key { what, problem: error.to_string() }
        };
        let path = Path::new(text);
        let key = match fs::read_to_string(path) {
            Ok(content) => {
                PublicKey::decode(&content).map_err(failed(format!("{} is no public key", path.display())))?
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => PublicKey::from_base64(text)
                .map_err(failed(format!("{text:?} is neither the file of a public key nor one itself")))?,
            Err(source) => return Err(SignatureError::Read { path: path.to_owned(), source }),
        };
        Ok(Self { key })
    }

    /// Checks the signature beside the bundle at `path` against `bytes`, which were read from it.
    ///
    /// # Errors
    ///
    /// When there is no signature, or none by this key of these bytes.
    pub fn check(&self, path: &Path, bytes: &[u8]) -> Result<(), SignatureError> {
        let signature = signature_path(path);
        let text = match fs::read_to_string(&signature) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(SignatureError::Unsigned { path: path.to_owned(), signature });
            }
            Err(source) => return Err(SignatureError::Read { path: signature, source }),
        };
        let checked = Signature::decode(&text).and_then(|signature| self.key.verify(bytes, &signature, false));
        checked.map_err(|error| SignatureError::Refused {
            path: path.to_owned(),
            signature,
            problem: error.to_string(),
        })
    }

    /// Opens a bundle after a check of its signature. It is read into memory first: the bytes
    /// that were checked are the bytes that run, whatever becomes of the file meanwhile.
    ///
    /// # Errors
    ///
    /// When the signature does not hold, or as [`BundleFile::open`].
    pub fn open(&self, path: impl AsRef<Path>) -> Result<Arc<BundleFile>, SignatureError> {
        let path = path.as_ref();
        let bytes = fs::read(path).map_err(|source| SignatureError::Read { path: path.to_owned(), source })?;
        self.check(path, &bytes)?;
        Ok(BundleFile::from_bytes(path, bytes)?)
    }
}

/// A new pair of keys as the texts of their files: the public one, and the secret one, which is
/// encrypted if there is a password.
///
/// # Errors
///
/// When the system has no random numbers or too little memory.
pub fn generate_keys(password: Option<String>) -> Result<(String, String), SignatureError> {
    let failed = |error: minisign::PError| SignatureError::Key {
        what: "cannot make keys".to_owned(),
        problem: error.to_string(),
    };
    let comment = Some("pyc-rs secret key");
    let pair = match password {
        Some(password) => KeyPair::generate_encrypted_keypair(Some(password)),
        None => KeyPair::generate_unencrypted_keypair(),
    };
    let pair = pair.map_err(failed)?;
    let public = pair.pk.to_box().map_err(failed)?.into_string();
    let secret = pair.sk.to_box(comment).map_err(failed)?.into_string();
    Ok((public, secret))
}

/// The signature of `bytes`, the content of the file `name`, as the text of its file. The
/// password is that of the secret key, if it has one.
///
/// # Errors
///
/// When the key is none, or the password is not its own.
pub fn sign(bytes: &[u8], name: &str, secret: &str, password: Option<String>) -> Result<String, SignatureError> {
    let failed = |error: minisign::PError| SignatureError::Key {
        what: "cannot sign with this secret key".to_owned(),
        problem: error.to_string(),
    };
    let boxed = SecretKeyBox::from_string(secret).map_err(failed)?;
    let secret = match password {
        Some(password) => boxed.into_secret_key(Some(password)),
        None => boxed.into_unencrypted_secret_key().or_else(|error| without_checksum(secret).ok_or(error)),
    };
    let comment = format!("file:{name}\tprehashed");
    let signature =
        minisign::sign(None, &secret.map_err(failed)?, bytes, Some(&comment), Some("signature of a bundle"));
    Ok(signature.map_err(failed)?.into_string())
}

/// A key of `minisign -W`: that tool writes no checksum into a key without a password, which the
/// crate insists on.
fn without_checksum(secret: &str) -> Option<SecretKey> {
    let bytes = base64(secret.lines().nth(1)?)?;
    let has_no_password = bytes.get(2..4)? == [0, 0];
    let has_no_checksum = bytes.len() == 158 && bytes.get(126..)?.iter().all(|&byte| byte == 0);
    if has_no_password && has_no_checksum { SecretKey::from_bytes(&bytes).ok() } else { None }
}

fn base64(text: &str) -> Option<Vec<u8>> {
    let value = |symbol: u8| match symbol {
        b'A'..=b'Z' => Some(symbol - b'A'),
        b'a'..=b'z' => Some(symbol - b'a' + 26),
        b'0'..=b'9' => Some(symbol - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    };
    let (mut bytes, mut bits, mut kept) = (Vec::new(), 0u32, 0u32);
    for symbol in text.trim().trim_end_matches('=').bytes() {
        bits = (bits << 6) | u32::from(value(symbol)?);
        kept += 6;
        if kept >= 8 {
            kept -= 8;
            bytes.push(u8::try_from((bits >> kept) & 0xff).ok()?);
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use pyc_rs_cache::BundleWriter;

    use super::*;

    fn bundle() -> Vec<u8> {
        BundleWriter::new("any").finish().unwrap()
    }

    #[test]
    fn a_signature_holds_for_its_bytes_and_its_key_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("app.pycb");
        fs::write(&path, bundle()).unwrap();
        let (public, secret) = generate_keys(None).unwrap();
        let key_file = folder.path().join("key.pub");
        fs::write(&key_file, &public).unwrap();
        let trusted = TrustedKey::read(key_file.to_str().unwrap()).unwrap();
        assert!(matches!(trusted.open(&path), Err(SignatureError::Unsigned { .. })));

        let signature = sign(&bundle(), "app.pycb", &secret, None).unwrap();
        fs::write(signature_path(&path), &signature).unwrap();
        trusted.open(&path).unwrap();
        // The key itself in place of its file.
        let text = public.lines().nth(1).unwrap();
        TrustedKey::read(text).unwrap().open(&path).unwrap();

        let other = TrustedKey::read(generate_keys(None).unwrap().0.lines().nth(1).unwrap()).unwrap();
        assert!(matches!(other.open(&path), Err(SignatureError::Refused { .. })));
        let mut changed = bundle();
        *changed.last_mut().unwrap() ^= 1;
        fs::write(&path, changed).unwrap();
        assert!(matches!(trusted.open(&path), Err(SignatureError::Refused { .. })));
        fs::write(signature_path(&path), "nonsense").unwrap();
        assert!(matches!(trusted.open(&path), Err(SignatureError::Refused { .. })));
        assert!(matches!(TrustedKey::read("nonsense"), Err(SignatureError::Key { .. })));
        assert!(sign(&bundle(), "x", "nonsense", None).is_err());
    }

    #[test]
    fn an_encrypted_key_wants_its_password() {
        let (_, secret) = generate_keys(Some("open sesame".to_owned())).unwrap();
        assert!(sign(b"x", "x", &secret, None).is_err());
        assert!(sign(b"x", "x", &secret, Some("wrong".to_owned())).is_err());
        sign(b"x", "x", &secret, Some("open sesame".to_owned())).unwrap();
    }
}
