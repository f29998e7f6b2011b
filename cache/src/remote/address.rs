//! Where a remote is: the URL that names it, taken apart.

use std::net::IpAddr;
use std::path::PathBuf;

use thiserror::Error;
use url::Url;

/// Environment variables that complete an address; those of the services' own tools are read by
/// the services (`docs/remote.md`).
pub mod variables {
    /// User name for redis, WebDAV and HTTP, when the URL has none.
    pub const USERNAME: &str = "PYC_RS_REMOTE_USERNAME";
    /// Password for redis, WebDAV and HTTP, when the URL has none.
    pub const PASSWORD: &str = "PYC_RS_REMOTE_PASSWORD";
    /// Another S3 service than Amazon's.
    pub const S3_ENDPOINT: &str = "AWS_ENDPOINT_URL";
    /// The account of an Azure container.
    pub const AZURE_ACCOUNT: &str = "AZURE_STORAGE_ACCOUNT_NAME";
}

/// A URL does not name a remote. The message holds no part of the URL that may be secret.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum AddressError {
    /// It is no URL.
    #[error("not a URL, such as s3://bucket/folder or file:///folder")]
    NotAUrl,
    /// It names a kind of server that there is no support for.
    #[error("unknown scheme {0}; use s3, redis, rediss, gcs, azblob, webdav, webdavs, https, http or file")]
    Scheme(String),
    /// A part is missing.
    #[error("{scheme}: there is no {part} in the URL")]
    Missing {
        /// The scheme of the URL.
        scheme: String,
        /// What is missing.
        part: &'static str,
    },
    /// A parameter that this scheme does not have.
    #[error("{scheme}: unknown parameter {name}; there are {known}")]
    Parameter {
        /// The scheme of the URL.
        scheme: String,
        /// The parameter.
        name: String,
        /// Those that there are.
        known: String,
    },
    /// A value that means nothing.
    #[error("{scheme}: the value of {name} is not {expected}")]
    Value {
        /// The scheme of the URL.
        scheme: String,
        /// What has the value.
        name: &'static str,
        /// What it should be.
        expected: &'static str,
    },
}

/// A user and a password.
#[derive(Clone, Default, PartialEq, Eq)]
pub(super) struct Login {
    pub(super) username: Option<String>,
    pub(super) password: Option<String>,
}

/// What kind of server it is, and how to reach it.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Service {
    Folder(PathBuf),
    S3 { bucket: String, endpoint: Option<String>, region: Option<String>, anonymous: bool, virtual_host: bool },
    Redis { endpoint: String, database: i64, login: Login, ttl_secs: Option<u64> },
    Gcs { bucket: String, endpoint: Option<String>, anonymous: bool },
    Azblob { container: String, endpoint: String },
    Webdav { endpoint: String, login: Login },
    Http { endpoint: String, login: Login },
}

/// Where a remote is.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Address {
    pub(super) service: Service,
    /// The folder of the server that everything is below.
    pub(super) prefix: String,
    /// The address for people, without anything that may be secret.
    pub(super) shown: String,
    /// Whether what goes over the network can be read and changed on its way.
    pub(super) is_plain: bool,
}

impl Address {
    pub(super) fn parse(text: &str, env: &dyn Fn(&str) -> Option<String>) -> Result<Self, AddressError> {
        let url = Url::parse(text).map_err(|_| AddressError::NotAUrl)?;
        let parts = Parts { scheme: url.scheme().to_owned(), url: &url, env };
        let (service, prefix) = parts.service()?;
        let is_plain = service.plain_host().is_some_and(|host| !is_loopback(&host));
        Ok(Self { service, prefix, shown: shown(&url), is_plain })
    }

    /// Whether it can be written to at all.
    pub(super) fn is_writable(&self) -> bool {
        !matches!(self.service, Service::Http { .. })
    }
}

/// The scheme, host and path.
fn shown(url: &Url) -> String {
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    format!("{}://{}{port}{}", url.scheme(), url.host_str().unwrap_or_default(), url.path().trim_end_matches('/'))
}

fn is_loopback(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

impl Service {
    /// The host that is spoken to without encryption.
    fn plain_host(&self) -> Option<String> {
        let endpoint = match self {
            Self::Folder(_) => return None,
            Self::S3 { endpoint, .. } | Self::Gcs { endpoint, .. } => endpoint.as_deref()?,
            Self::Redis { endpoint, .. }
            | Self::Azblob { endpoint, .. }
            | Self::Webdav { endpoint, .. }
            | Self::Http { endpoint, .. } => endpoint,
        };
        match endpoint.split_once("://") {
            Some(("https" | "rediss", _)) => None,
            // An endpoint that cannot be read is not trusted to be encrypted.
            _ => Some(Url::parse(endpoint).ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default()),
        }
    }
}

struct Parts<'a> {
    scheme: String,
    url: &'a Url,
    env: &'a dyn Fn(&str) -> Option<String>,
}

impl Parts<'_> {
    fn service(&self) -> Result<(Service, String), AddressError> {
        let path = self.path()?;
        match self.scheme.as_str() {
            "file" => self.folder(),
            "s3" => {
                self.check_parameters(&["anonymous", "endpoint", "region", "virtual-host"])?;
                let service = Service::S3 {
                    bucket: self.host("bucket")?,
                    endpoint: self.endpoint()?.or_else(|| (self.env)(variables::S3_ENDPOINT)),
                    region: self.parameter("region"),
                    anonymous: self.flag("anonymous")?,
                    virtual_host: self.flag("virtual-host")?,
                };
                Ok((service, path))
            }
            "gcs" | "gs" => {
                self.check_parameters(&["anonymous", "endpoint"])?;
                let (endpoint, anonymous) = (self.endpoint()?, self.flag("anonymous")?);
                Ok((Service::Gcs { bucket: self.host("bucket")?, endpoint, anonymous }, path))
            }
            "azblob" => {
                self.check_parameters(&["account", "endpoint"])?;
                let account = self.parameter("account").or_else(|| (self.env)(variables::AZURE_ACCOUNT));
                let endpoint = match (self.endpoint()?, account) {
                    (Some(endpoint), _) => endpoint,
                    (None, Some(account)) => format!("https://{account}.blob.core.windows.net"),
                    (None, None) => return Err(self.missing("account or endpoint parameter")),
                };
                Ok((Service::Azblob { container: self.host("container")?, endpoint }, path))
            }
            "redis" | "rediss" => self.redis(&path),
            "webdav" | "webdavs" => {
                self.check_parameters(&[])?;
                let endpoint = self.origin(if self.scheme == "webdavs" { "https" } else { "http" })?;
                Ok((Service::Webdav { endpoint, login: self.login() }, path))
            }
            "http" | "https" => {
                self.check_parameters(&[])?;
                Ok((Service::Http { endpoint: self.origin(&self.scheme)?, login: self.login() }, path))
            }
            other => Err(AddressError::Scheme(other.to_owned())),
        }
    }

    fn folder(&self) -> Result<(Service, String), AddressError> {
        self.check_parameters(&[])?;
        let path = self.url.to_file_path().map_err(|()| self.value("path", "an absolute path of this machine"))?;
        Ok((Service::Folder(path), String::new()))
    }

    fn redis(&self, path: &str) -> Result<(Service, String), AddressError> {
        self.check_parameters(&["prefix", "ttl"])?;
        let database = match path.trim_matches('/') {
            "" => 0,
            number => number.parse().map_err(|_| self.value("database", "a number"))?,
        };
        let ttl = self.parameter("ttl").map(|ttl| ttl.parse().map_err(|_| self.value("ttl", "a number of seconds")));
        let service = Service::Redis {
            endpoint: self.origin(&self.scheme)?,
            database,
            login: self.login(),
            ttl_secs: ttl.transpose()?,
        };
        Ok((service, self.parameter("prefix").unwrap_or_else(|| "pyc-rs".to_owned())))
    }

    fn missing(&self, part: &'static str) -> AddressError {
        AddressError::Missing { scheme: self.scheme.clone(), part }
    }

    fn value(&self, name: &'static str, expected: &'static str) -> AddressError {
        AddressError::Value { scheme: self.scheme.clone(), name, expected }
    }

    fn host(&self, part: &'static str) -> Result<String, AddressError> {
        self.url.host_str().filter(|host| !host.is_empty()).map(str::to_owned).ok_or_else(|| self.missing(part))
    }

    /// Scheme, host and port.
    fn origin(&self, scheme: &str) -> Result<String, AddressError> {
        let port = self.url.port().map(|port| format!(":{port}")).unwrap_or_default();
        Ok(format!("{scheme}://{}{port}", self.host("host")?))
    }

    fn path(&self) -> Result<String, AddressError> {
        let path = percent_decoded(self.url.path()).ok_or_else(|| self.value("path", "UTF-8"))?;
        Ok(path.trim_matches('/').to_owned())
    }

    fn parameter(&self, name: &str) -> Option<String> {
        self.url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    }

    fn endpoint(&self) -> Result<Option<String>, AddressError> {
        let Some(endpoint) = self.parameter("endpoint") else { return Ok(None) };
        let is_url = Url::parse(&endpoint).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
        if is_url { Ok(Some(endpoint)) } else { Err(self.value("endpoint", "an http or https URL")) }
    }

    fn flag(&self, name: &'static str) -> Result<bool, AddressError> {
        match self.parameter(name).as_deref() {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(_) => Err(self.value(name, "true or false")),
        }
    }

    fn check_parameters(&self, known: &[&str]) -> Result<(), AddressError> {
        match self.url.query_pairs().find(|(key, _)| !known.contains(&key.as_ref())) {
            None => Ok(()),
            Some((name, _)) => {
                let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
                Err(AddressError::Parameter { scheme: self.scheme.clone(), name: name.into_owned(), known })
            }
        }
    }

    fn login(&self) -> Login {
        let in_url = |text: &str| percent_decoded(text).filter(|text| !text.is_empty());
        Login {
            username: in_url(self.url.username()).or_else(|| (self.env)(variables::USERNAME)),
            password: self.url.password().and_then(in_url).or_else(|| (self.env)(variables::PASSWORD)),
        }
    }
}

fn percent_decoded(text: &str) -> Option<String> {
    percent_encoding::percent_decode_str(text).decode_utf8().ok().map(std::borrow::Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Address, AddressError> {
        Address::parse(text, &|_| None)
    }

    fn problem(text: &str) -> String {
        parse(text).map(|address| address.shown).unwrap_err().to_string()
    }

    #[test]
    fn each_scheme_names_its_parts() {
        let s3 = parse("s3://bucket/a/b/?endpoint=http://127.0.0.1:9000&region=eu-west-1").unwrap();
        let Service::S3 { bucket, endpoint, region, anonymous: false, virtual_host: false } = s3.service else {
            panic!("{}", s3.shown)
        };
        assert_eq!((bucket.as_str(), s3.prefix.as_str(), s3.shown.as_str()), ("bucket", "a/b", "s3://bucket/a/b"));
        assert_eq!((endpoint.as_deref(), region.as_deref()), (Some("http://127.0.0.1:9000"), Some("eu-west-1")));
        let redis = parse("redis://me:p%40ss@10.0.0.1:7000/3?prefix=team&ttl=60").unwrap();
        let Service::Redis { endpoint, database: 3, login, ttl_secs: Some(60) } = redis.service else {
            panic!("{}", redis.shown)
        };
        assert_eq!((endpoint.as_str(), redis.prefix.as_str()), ("redis://10.0.0.1:7000", "team"));
        assert_eq!(login.password.as_deref(), Some("p@ss"));
        assert_eq!(redis.shown, "redis://10.0.0.1:7000/3");
        let folder = parse("file:///var/cache%20s").unwrap();
        assert!(matches!(&folder.service, Service::Folder(path) if path.ends_with("cache s")));
        assert!(matches!(parse("gs://b/p").unwrap().service, Service::Gcs { .. }));
        let azure = Address::parse("azblob://c/p", &|name| (name == variables::AZURE_ACCOUNT).then(|| "me".into()));
        let Service::Azblob { endpoint, .. } = azure.unwrap().service else { panic!() };
        assert_eq!(endpoint, "https://me.blob.core.windows.net");
        let webdav = parse("webdavs://h:8443/d").unwrap();
        assert!(matches!(webdav.service, Service::Webdav { endpoint, .. } if endpoint == "https://h:8443"));
        assert!(!parse("https://h/d").unwrap().is_writable());
    }

    #[test]
    fn what_is_not_encrypted_is_known_but_not_on_this_machine() {
        for url in ["http://h/", "redis://h", "webdav://h", "s3://b?endpoint=http://h", "redis://[2001:db8::1]"] {
            assert!(parse(url).unwrap().is_plain, "{url}");
        }
        for url in [
            "https://h/",
            "rediss://h",
            "webdavs://h",
            "s3://b",
            "file:///d",
            "gcs://b",
            "http://127.0.0.1:80/",
            "redis://localhost",
            "redis://[::1]:1",
            "s3://b?endpoint=http://127.0.0.1:5000",
        ] {
            assert!(!parse(url).unwrap().is_plain, "{url}");
        }
        let by_environment =
            Address::parse("s3://b", &|name| (name == variables::S3_ENDPOINT).then(|| "http://h".into()));
        assert!(by_environment.unwrap().is_plain);
    }

    #[test]
    fn errors_name_the_part_and_no_secret() {
        assert_eq!(
            problem("s3://b?regoin=x"),
            "s3: unknown parameter regoin; there are anonymous, endpoint, region, virtual-host"
        );
        assert_eq!(problem("s3:///x"), "s3: there is no bucket in the URL");
        assert_eq!(problem("redis://:hunter2@h/x"), "redis: the value of database is not a number");
        assert_eq!(problem("s3://b?anonymous=1"), "s3: the value of anonymous is not true or false");
        assert_eq!(problem("azblob://c"), "azblob: there is no account or endpoint parameter in the URL");
        assert!(problem("ftp://:hunter2@h").starts_with("unknown scheme ftp; use s3, "));
        assert!(problem("/var/cache").starts_with("not a URL"));
        for url in ["https://u:hunter2@h/d", "redis://:hunter2@h"] {
            assert!(!parse(url).unwrap().shown.contains("hunter2"));
        }
    }
}
