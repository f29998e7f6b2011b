# expect: Denied
# run: stdlib
import socket
socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
