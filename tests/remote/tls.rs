//! Encrypted connections, to servers whose certificates an authority of one's own has signed.

use std::{fs, path::Path, process::Command};

use super::{
    checkout, command,
    servers::{Server, request, unavailable},
    support::{Ran, Room, with_input},
};

/// An authority, and the certificate and key of a server on this machine.
struct Certificates(tempfile::TempDir);

impl Certificates {
    fn new() -> Option<Self> {
        let this = Self(tempfile::tempdir().unwrap());
        fs::write(this.0.path().join("names"), "subjectAltName=IP:127.0.0.1,DNS:localhost\n").unwrap();
        let new_key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
        let authority = ["req", "-x509", "-days", "2", "-subj", "/CN=authority", "-keyout", "ca.key", "-out", "ca.pem"];
        let request = ["req", "-subj", "/CN=server", "-keyout", "server.key", "-out", "server.csr"];
        let sign = ["x509", "-req", "-days", "2", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key"];
        let into = ["-CAcreateserial", "-extfile", "names", "-out", "server.pem"];
        for arguments in
            [[&authority[..], &new_key].concat(), [&request[..], &new_key].concat(), [&sign[..], &into].concat()]
        {
            let Ok(done) = Command::new("openssl").args(&arguments).current_dir(this.0.path()).output() else {
                return unavailable("there is no openssl");
            };
            assert!(done.status.success(), "openssl {arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
        }
        Some(this)
    }

    fn path(&self, name: &str) -> String {
        self.0.path().join(name).into_os_string().into_string().unwrap()
    }
}

fn trusting(room: &Room, url: &str, authority: &Path, arguments: &[&str]) -> Ran {
    let mut command = command(room, url, arguments);
    command.env("SSL_CERT_FILE", authority).env_remove("SSL_CERT_DIR");
    with_input(command, b"")
}

/// Who trusts the authority shares what is there; who does not, works alone.
fn assert_trust_matters(url: &str, certificates: &Certificates, others: &Certificates) {
    let [ours, theirs] = [certificates, others].map(|certificates| certificates.path("ca.pem"));
    let first = checkout();
    let ran = trusting(&first, url, ours.as_ref(), &["compile", "app"]).ok();
    assert!(ran.stderr.starts_with("61 compiled, 0 fresh") && ran.stderr.lines().count() == 1, "{ran:#?}");
    assert_eq!(first.info()["remote"]["sent"], 61);
    let ran = trusting(&checkout(), url, ours.as_ref(), &["compile", "app"]).ok();
    assert!(ran.stderr.starts_with("0 compiled, 61 fresh"), "{ran:#?}");
    let stranger = checkout();
    let ran = trusting(&stranger, url, theirs.as_ref(), &["compile", "app"]).ok();
    assert!(ran.stderr.contains("61 compiled, 0 fresh") && ran.stderr.contains("is not used"), "{ran:#?}");
    assert_eq!(stranger.info()["remote"]["hits"], 0);
}

#[test]
fn redis_is_reached_over_tls_by_who_trusts_its_certificate() {
    let (Some(certificates), Some(others)) = (Certificates::new(), Certificates::new()) else { return };
    let Some(server) = Server::redis_with_tls(&certificates.path("server.pem"), &certificates.path("server.key"))
    else {
        return;
    };
    assert_trust_matters(&format!("rediss://127.0.0.1:{}", server.port), &certificates, &others);
}

#[test]
fn s3_is_reached_over_tls_by_who_trusts_its_certificate() {
    let (Some(certificates), Some(others)) = (Certificates::new(), Certificates::new()) else { return };
    let (certificate, key) = (certificates.path("server.pem"), certificates.path("server.key"));
    let Some(server) = Server::moto(&["--ssl", "--ssl-cert", &certificate, "--ssl-key", &key]) else { return };
    let mut client = Command::new("openssl");
    client.args(["s_client", "-quiet", "-verify_quiet", "-connect", &format!("127.0.0.1:{}", server.port)]);
    client.args(["-CAfile", &certificates.path("ca.pem")]);
    let made = with_input(client, &request("PUT /bucket", b""));
    assert!(made.stdout.starts_with("HTTP/1.1 200"), "{made:#?}");
    let url = format!("s3://bucket/folder?endpoint=https://127.0.0.1:{}", server.port);
    assert_trust_matters(&url, &certificates, &others);
}
