# expect: ModuleNotAllowed
from socket import socket
