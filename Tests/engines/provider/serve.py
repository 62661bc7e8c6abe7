"""A provider's process as hashicorp/go-plugin's clients expect it: its handshake on standard output, then gRPC.

The program's file name says which version of the protocol it speaks: `..._x5` or `..._x6`. Its environment may hold

PEER_HANDSHAKE  a way to fail at the handshake: see `handshake`; or `tcp`, which is none
PEER_LOG        it says lines of every level
PEER_PLAIN      it has no GetMetadata and no capability
PEER_TYPES      it has so many types more
PEER_VERSION    the version of peer_versioned's schema
PEER_IDENTITY   the version of the identities' schemas
"""

import base64
import importlib
import json
import os
import shutil
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor

import grpc

from calls import Provider
from moods import Failed, Refused

COOKIE = "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2"


class Log:
    """Lines on standard error as go-hclog writes them, and some that it would not."""

    def __init__(self):
        self.says = "PEER_LOG" in os.environ

    def line(self, level, message, **fields):
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S.000000Z", time.gmtime())
        record = {"@level": level, "@message": message, "@module": "peer", "@timestamp": stamp, **fields}
        sys.stderr.write(json.dumps(record) + "\n")
        sys.stderr.flush()

    def every_level(self, token):
        if not self.says:
            return
        for level in ("trace", "debug", "info", "warn", "error"):
            self.line(level, f"the peer is configured, at level {level}", token=token, attempt=1)
        sys.stderr.write(f"2026/01/02 03:04:05 [WARN] a line of the old form: token {token}\nno form at all\n")
        sys.stderr.flush()


def handler(call, request, response, answer_class, log):
    """A failed call answers a diagnostic, whatever its answer is."""
    def run(message, context):
        try:
            return call(message)
        except Refused as refused:
            context.abort(grpc.StatusCode[refused.args[0]], "the peer was told to refuse")
        except Failed as error:
            answer = answer_class()
            answer.diagnostics.add(severity=1, summary=error.summary, detail=error.detail)
            if error.path:
                fields = {"attribute": "attribute_name", "key": "element_key_string", "index": "element_key_int"}
                for kind, step in error.path:
                    answer.diagnostics[0].attribute.steps.add(**{fields[kind]: step})
            return answer

    return grpc.unary_unary_rpc_method_handler(
        run, request_deserializer=request.FromString, response_serializer=answer_class.SerializeToString)


def serve(protocol, home):
    messages = importlib.import_module(f"peer{protocol}.plugin_pb2")
    log = Log()
    provider = Provider(protocol, messages, log)
    server = grpc.server(ThreadPoolExecutor(16), options=[("grpc.max_receive_message_length", -1)])
    methods = {
        name: handler(call, request, answer, answer, log)
        for name, (call, request, answer) in provider.methods(protocol).items()}
    down = grpc.unary_unary_rpc_method_handler(lambda message, context: server.stop(0.2) and b"")
    server.add_generic_rpc_handlers([
        grpc.method_handlers_generic_handler(f"tfplugin{protocol}.Provider", methods),
        grpc.method_handlers_generic_handler("plugin.GRPCController", {"Shutdown": down})])
    certificate, folder = "", tempfile.mkdtemp(prefix="peer", dir=os.environ.get("PLUGIN_UNIX_SOCKET_DIR"))
    way = os.environ.get("PEER_HANDSHAKE", "unix")
    address = "127.0.0.1:0" if way == "tcp" else f"unix:{folder}/socket"
    if "PLUGIN_CLIENT_CERT" in os.environ:
        with open(f"{home}/key.pem", "rb") as key, open(f"{home}/certificate.pem", "rb") as own:
            pair = key.read(), own.read()
        body = b"".join(pair[1].split(b"-----")[2].split())
        certificate = base64.b64encode(base64.b64decode(body)).rstrip(b"=").decode()
        port = server.add_secure_port(address, grpc.ssl_server_credentials([pair]))
    else:
        port = server.add_insecure_port(address)
    server.start()
    if way == "tcp":
        handshake(f"1|{protocol}|tcp|127.0.0.1:{port}|grpc|{certificate}")
    else:
        handshake(f"1|{protocol}|unix|{folder}/socket|grpc|{certificate}", way)
    server.wait_for_termination()
    shutil.rmtree(folder, ignore_errors=True)
    os._exit(0)


def handshake(line, way=""):
    """Its line, or one that is wrong in the way that it is told to be."""
    parts = line.split("|")
    changes = {"core": (0, "2"), "protocol": (1, "4"), "network": (2, "pigeon"), "rpc": (4, "netrpc"),
               "certificate": (5, "bm90IG9uZQ"), "nobody": (3, "/nowhere/at/all")}
    if way in changes:
        at, text = changes[way]
        parts[at] = text
    line = {"garbage": "hello, world", "short": "1|6|unix", "long": "x" * 100_000}.get(way, "|".join(parts))
    if way == "exit":
        sys.stderr.write("peer: it can't start: no such luck\n")
        os._exit(3)
    if way != "silent":
        sys.stdout.write(line + "\n")
        sys.stdout.flush()
    if way == "chatter":
        sys.stdout.write("what a provider prints after its handshake\n" * 1000)
        sys.stdout.flush()


def main(program, home):
    protocol = 5 if program.endswith("x5") else 6
    if os.environ.get("TF_PLUGIN_MAGIC_COOKIE") != COOKIE:
        sys.stderr.write("This binary is a plugin. It is not meant to be run by people.\n")
        sys.exit(1)
    if str(protocol) not in os.environ.get("PLUGIN_PROTOCOL_VERSIONS", str(protocol)).split(","):
        sys.stderr.write(f"peer: it speaks protocol {protocol} only\n")
        sys.exit(1)
    serve(protocol, home)
