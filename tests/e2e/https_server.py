# SPDX-License-Identifier: Apache-2.0
"""A small HTTPS server on Python's ssl module: https_server.py PORT CERTIFICATE KEY CLIENTS"""

import http.server
import ssl
import sys


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "7")
        self.end_headers()
        self.wfile.write(b"served\n")


class Server(http.server.ThreadingHTTPServer):
    def shutdown_request(self, request):
        try:
            request.settimeout(60)
            request.unwrap()  # says goodbye, which openssl s_client expects
        except OSError:
            pass
        super().shutdown_request(request)


context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(sys.argv[2], sys.argv[3])
context.load_verify_locations(sys.argv[4])
context.verify_mode = ssl.CERT_OPTIONAL
server = Server(("127.0.0.1", int(sys.argv[1])), Handler)
server.socket = context.wrap_socket(server.socket, server_side=True)
print("serving", flush=True)
server.serve_forever()
