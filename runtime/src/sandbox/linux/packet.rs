//! Packets with descriptors, between the host and the zygote.

use std::{
    io::{self, IoSlice, IoSliceMut, Read as _},
    mem::MaybeUninit,
    os::{
        fd::{AsFd, BorrowedFd, OwnedFd},
        unix::net::UnixStream,
    },
};

use pyc_rs_cache::wire::{self, Encode};
use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage, SendFlags,
};

use super::protocol::{MOST_MESSAGE, Setup};

/// Largest packet.
const MOST_PACKET: usize = 4096;

/// Descriptors in one packet, at the most.
const MOST_DESCRIPTORS: usize = 4;

/// Sends one packet.
pub(super) fn send<T: Encode>(socket: impl AsFd, message: &T, descriptors: &[BorrowedFd<'_>]) -> io::Result<()> {
    let bytes = wire::to_bytes(message).map_err(io::Error::other)?;
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MOST_DESCRIPTORS))];
    let mut control = SendAncillaryBuffer::new(&mut space);
    if !descriptors.is_empty() {
        control.push(SendAncillaryMessage::ScmRights(descriptors));
    }
    rustix::net::sendmsg(socket, &[IoSlice::new(&bytes)], &mut control, SendFlags::NOSIGNAL)?;
    Ok(())
}

/// Receives a packet: its bytes, none at the end, and its descriptors.
pub(super) fn receive(socket: impl AsFd, flags: RecvFlags) -> io::Result<(Vec<u8>, Vec<OwnedFd>)> {
    let mut buffer = vec![0; MOST_PACKET];
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MOST_DESCRIPTORS))];
    let mut control = RecvAncillaryBuffer::new(&mut space);
    let received = loop {
        let flags = flags | RecvFlags::CMSG_CLOEXEC;
        match rustix::net::recvmsg(&socket, &mut [IoSliceMut::new(&mut buffer)], &mut control, flags) {
            Err(rustix::io::Errno::INTR) => {}
            other => break other?,
        }
    };
    buffer.truncate(received.bytes);
    let mut descriptors = Vec::new();
    for message in control.drain() {
        if let RecvAncillaryMessage::ScmRights(rights) = message {
            descriptors.extend(rights);
        }
    }
    Ok((buffer, descriptors))
}

/// Receives a packet of any length, without descriptors.
pub(super) fn receive_bytes(socket: impl AsFd) -> io::Result<Vec<u8>> {
    let (_, len) = rustix::net::recv::<_, &mut [u8]>(&socket, &mut [], RecvFlags::PEEK | RecvFlags::TRUNC)?;
    let mut bytes = vec![0; len];
    let (_, received) = rustix::net::recv(&socket, bytes.as_mut_slice(), RecvFlags::empty())?;
    bytes.truncate(received);
    Ok(bytes)
}

/// Sends the setup, which has a socket of its own, as it may be larger than a packet.
pub(super) fn send_setup(socket: impl AsFd, setup: &Setup) -> io::Result<()> {
    let bytes = wire::to_bytes(setup).map_err(io::Error::other)?;
    let (ours, theirs) = UnixStream::pair()?;
    send(socket, &(bytes.len() as u64), &[theirs.as_fd()])?;
    drop(theirs);
    io::Write::write_all(&mut &ours, &bytes)
}

/// Receives the setup.
pub(super) fn receive_setup(socket: impl AsFd) -> io::Result<Setup> {
    let (bytes, descriptors) = receive(socket, RecvFlags::empty())?;
    let len: u64 = wire::from_bytes(&bytes).map_err(io::Error::other)?;
    let Some(stream) = descriptors.into_iter().next() else {
        return Err(io::Error::from(io::ErrorKind::UnexpectedEof));
    };
    let mut bytes = Vec::new();
    UnixStream::from(stream).take(len.min(MOST_MESSAGE as u64)).read_to_end(&mut bytes)?;
    wire::from_bytes(&bytes).map_err(io::Error::other)
}
