//! A server of one's own, for what no real one would do.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// How a request is answered.
pub(super) enum Reply {
    Status(u16),
    Bytes(Vec<u8>),
    /// A terabyte.
    Endless,
    /// Not at all, but the connection stays open.
    Silence,
    /// A body that is shorter than announced.
    CutOff,
    /// Elsewhere.
    Redirect(String),
}

/// Answers on a port of its own until the process ends. The function gets the path, and the
/// number of the request.
pub(super) fn serve(answer: impl Fn(&str, usize) -> Reply + Send + Sync + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (answer, number) = (Arc::new(answer), Arc::new(AtomicUsize::new(0)));
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let (answer, number) = (Arc::clone(&answer), Arc::clone(&number));
            thread::spawn(move || {
                // Whoever asked may have gone.
                let _ = attend(&stream, &*answer, &number);
            });
        }
    });
    url
}

fn attend(stream: &TcpStream, answer: &dyn Fn(&str, usize) -> Reply, number: &AtomicUsize) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream).lines();
    let request = lines.next().unwrap_or_else(|| Ok(String::new()))?;
    for line in lines.by_ref() {
        if line?.is_empty() {
            break;
        }
    }
    let path = request.split(' ').nth(1).unwrap_or_default();
    let mut out = stream;
    match answer(path, number.fetch_add(1, Ordering::SeqCst)) {
        Reply::Status(status) => {
            write!(out, "HTTP/1.1 {status} No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        }
        Reply::Bytes(bytes) => {
            write!(out, "HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", bytes.len())?;
            out.write_all(&bytes)
        }
        Reply::Endless => {
            write!(out, "HTTP/1.1 200 OK\r\nContent-Length: 1000000000000\r\nConnection: close\r\n\r\n")?;
            loop {
                out.write_all(&[0x5a; 1 << 16])?;
            }
        }
        Reply::Silence => loop {
            thread::park();
        },
        Reply::CutOff => {
            write!(out, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\nConnection: close\r\n\r\nhalf")
        }
        Reply::Redirect(to) => {
            write!(out, "HTTP/1.1 302 No\r\nLocation: {to}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        }
    }
}
