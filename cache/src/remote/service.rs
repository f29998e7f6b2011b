//! Those who are asked, set up from an address: opendal's services, redis, or a folder.

use std::sync::Arc;

use opendal::{Builder, HttpTransporter, OperationContext, Operator, services};
use opendal_http_transport_reqwest::ReqwestTransport;

use super::address::{Address, Login, Service};
use super::client::Backend;
use super::fault::Fault;
use super::folder::Folder;
use super::redis::Redis;

/// Amazon's default, and what other servers take for lack of any.
const DEFAULT_REGION: &str = "us-east-1";

/// Who is at an address. Nothing is connected yet.
pub(super) fn backend(address: &Address) -> Result<Backend, Fault> {
    let prefix = format!("/{}", address.prefix);
    match &address.service {
        Service::Folder(path) => Ok(Backend::Folder(Arc::new(Folder::new(path.clone())))),
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
            provide_tls();
            let redis = Redis::new(endpoint, *database, login, &address.prefix, *ttl_secs)?;
            Ok(Backend::Redis(Arc::new(redis)))
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

fn build_http(builder: impl Builder) -> Result<Backend, Fault> {
    provide_tls();
    let client = reqwest::Client::builder()
        // Whoever answers for the address must not send its readers elsewhere.
        .redirect(reqwest::redirect::Policy::none())
        .user_agent(concat!("pyc-rs/", env!("CARGO_PKG_VERSION")))
        .build()
        .map_err(|_| Fault::is_final("there are no certificates to check its own against"))?;
    let transport = HttpTransporter::new(ReqwestTransport::new(client));
    let operator = Operator::new(builder).map_err(|error| Fault { is_final: true, ..Fault::from(&error) })?;
    Ok(Backend::Operator(operator.with_context(OperationContext::new().with_http_transport(transport))))
}

/// Names the TLS engine, unless the program around has done so.
fn provide_tls() {
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        let _: Result<(), Arc<_>> = rustls::crypto::ring::default_provider().install_default();
    }
}
