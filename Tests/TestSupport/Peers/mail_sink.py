"""Two mail servers with a certificate that nobody has signed: one that begins TLS when it is asked to, one that speaks
nothing else.

Prints their ports on one line, and then a line of JSON for each message: how it came, what was said before, what it holds.
It ends when its standard input does.
"""

import json
import socketserver
import ssl
import subprocess
import sys
import tempfile
import threading


def context(folder: str) -> ssl.SSLContext:
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{folder}/key", "-out", f"{folder}/cert",
         "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"],
        check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    found = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    found.load_cert_chain(f"{folder}/cert", f"{folder}/key")
    return found


class Conversation(socketserver.BaseRequestHandler):
    """RFC 5321 as far as one message needs it, and STARTTLS (RFC 3207)."""

    def handle(self) -> None:
        self.is_secure, self.commands = False, []
        try:
            if self.server.begins_secure:
                self.secure()
            self.lines = self.request.makefile("rb")
            self.say("220 sink")
            while line := self.lines.readline():
                self.commands.append(("tls " if self.is_secure else "plain ") + line.decode().strip())
                if not self.answer(line.decode().strip().upper()):
                    return
        except OSError:
            return  # the client does not want the certificate

    def secure(self) -> None:
        self.request = self.server.context.wrap_socket(self.request, server_side=True)
        self.is_secure = True

    def say(self, text: str) -> None:
        self.request.sendall(text.encode() + b"\r\n")

    def answer(self, command: str) -> bool:
        if command.startswith("EHLO"):
            self.say("250-sink\r\n250-STARTTLS\r\n250 AUTH PLAIN" if not self.is_secure else "250-sink\r\n250 AUTH PLAIN")
        elif command == "STARTTLS":
            self.say("220 go on")
            self.secure()
            self.lines = self.request.makefile("rb")
        elif command == "DATA":
            self.take()
        elif command == "AUTH PLAIN":
            self.say("334 ")
            self.commands.append(self.lines.readline().decode().strip())
            self.say("235 welcome")
        elif command.startswith("AUTH"):
            self.say("235 welcome")
        else:
            self.say("221 bye" if command == "QUIT" else "250 ok")
        return command != "QUIT"

    def take(self) -> None:
        self.say("354 go on")
        text = b""
        while (line := self.lines.readline()) not in (b".\r\n", b""):
            text += line
        print(json.dumps({"commands": self.commands, "message": text.decode()}), flush=True)
        self.say("250 kept")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        certified = context(folder)
    ports = []
    for begins_secure in (False, True):
        server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Conversation)
        server.daemon_threads, server.context, server.begins_secure = True, certified, begins_secure
        threading.Thread(target=server.serve_forever, daemon=True).start()
        ports.append(str(server.server_address[1]))
    print(*ports, flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
