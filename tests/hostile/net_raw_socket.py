# expect: Denied
# run: stdlib
import _socket
_socket.socket()
