# expect: Denied RuntimeError
# run: stdlib
import socket
socket.getaddrinfo('localhost', 80)
socket.socket()
