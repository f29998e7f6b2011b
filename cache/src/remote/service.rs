//! The services of opendal, set up from an address.

use std::sync::Arc;
use std::time::Duration;

use opendal::{Builder, HttpTransporter, OperationContext, Operator, services};
use opendal_http_transport_reqwest::ReqwestTransport;

use super::address::{Address, Login, Service};
use super::fault::Fault;

/// Connections to a redis server.
const REDIS_CONNECTIONS: usize = 32;

/// Amazon's default, and what other servers take for lack of any.
const DEFAULT_REGION: &str = "us-east-1";

/// The operator for an address. Nothing is connected yet.
pub(super) fn operator(address: &Address) -> Result<Operator, Fault> {
    let prefix = format!("/{}", address.prefix);
    match &address.service {
        Service::Folder(path) => {
            let root = path.to_str().ok_or_else(|| Fault::is_final("its path is not UTF-8"))?;
            let temporaries = path.join("tmp");
            // Readers must not see half of a file.
            build(services::Fs::default().root(root).atomic_write_dir(temporaries.to_str().unwrap_or(root)))
        }
        Service::S3 { bucket, endpoint, region, anonymous, virtual_host } => {
            let mut s3 = services::S3::default().bucket(bucket).root(&prefix);
            if let Some(endpoint) = endpoint {
                s3 = s3.endpoint(endpoint);
            }
            s3 = match region {
                Some(region) => s3.region(region),
                None if has_region() => s3,
                None => s3.region(DEFAULT_REGION),
            };
            if *anonymous {
                s3 = s3.skip_signature();
            }
            if *virtual_host {
                s3 = s3.enable_virtual_host_style();
            }
            build_http(s3)
        }
        Service::Redis { endpoint, database, login, ttl_secs } => {
            let mut redis = services::Redis::default()
                .endpoint(endpoint)
                .db(*database)
                .root(&prefix)
                .connection_pool_max_size(REDIS_CONNECTIONS);
            if let Some(username) = &login.username {
                redis = redis.username(username);
            }
            if let Some(password) = &login.password {
                redis = redis.password(password);
            }
            if let Some(seconds) = ttl_secs {
                redis = redis.default_ttl(Duration::from_secs(*seconds));
            }
            provide_tls();
            build(redis)
        }
        Service::Gcs { bucket, endpoint, anonymous } => {
            let mut gcs = services::Gcs::default().bucket(bucket).root(&prefix);
            if let Some(endpoint) = endpoint {
                gcs = gcs.endpoint(endpoint);
            }
            if *anonymous {
                gcs = gcs.skip_signature();
            }
            build_http(gcs)
        }
        Service::Azblob { container, endpoint } => {
            build_http(services::Azblob::default().container(container).endpoint(endpoint).root(&prefix))
        }
        Service::Webdav { endpoint, login: Login { username, password } } => {
            let webdav = services::Webdav::default().endpoint(endpoint).root(&prefix);
            build_http(
                webdav
                    .username(username.as_deref().unwrap_or_default())
                    .password(password.as_deref().unwrap_or_default()),
            )
        }
        Service::Http { endpoint, login: Login { username, password } } => {
            let http = services::Http::default().endpoint(endpoint).root(&prefix);
            build_http(
                http.username(username.as_deref().unwrap_or_default())
                    .password(password.as_deref().unwrap_or_default()),
            )
        }
    }
}

fn has_region() -> bool {
    ["AWS_REGION", "AWS_DEFAULT_REGION"].iter().any(|name| std::env::var_os(name).is_some())
}

fn build(builder: impl Builder) -> Result<Operator, Fault> {
    Operator::new(builder).map_err(|error| Fault { is_final: true, ..Fault::from(&error) })
}

fn build_http(builder: impl Builder) -> Result<Operator, Fault> {
    provide_tls();
    let client = reqwest::Client::builder()
        // Whoever answers for the address must not send its readers elsewhere.
        .redirect(reqwest::redirect::Policy::none())
        .user_agent(concat!("pyc-rs/", env!("CARGO_PKG_VERSION")))
        .build()
        .map_err(|_| Fault::is_final("there are no certificates to check its own against"))?;
    let transport = HttpTransporter::new(ReqwestTransport::new(client));
    Ok(build(builder)?.with_context(OperationContext::new().with_http_transport(transport)))
}

/// Names the TLS engine, unless the program around has done so.
fn provide_tls() {
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        let _: Result<(), Arc<_>> = rustls::crypto::ring::default_provider().install_default();
    }
}
