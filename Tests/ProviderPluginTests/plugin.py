"""A plugin that does what a test tells it to: it speaks the handshake and the protocol's calls on raw bytes, and
misbehaves by the environment (HANDSHAKE, CERTIFICATE) or by the type that a call names."""
import base64
import grpc
import os
import signal
import socket
import stat
import sys
import tempfile
import threading
import time
from concurrent import futures

stopped = threading.Event()


def varint(number):
    out = b""
    while number > 0x7F:
        out += bytes([number & 0x7F | 0x80])
        number >>= 7
    return out + bytes([number])


def field(number, value):
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    value = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(value)) + value


def fields(message):
    """The last field of each number; lengths and numbers only."""
    found, at = {}, 0

    def number():
        nonlocal at
        value = shift = 0
        while True:
            byte = message[at]
            at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    while at < len(message):
        tag = number()
        if tag & 7 == 0:
            found[tag >> 3] = number()
        else:
            count = number()
            found[tag >> 3] = message[at:at + count]
            at += count
    return found


def say(text):
    sys.stderr.write(text)
    sys.stderr.flush()


def note(text):
    """What the test looks at afterwards."""
    if "NOTES" in os.environ:
        with open(os.environ["NOTES"], "a") as notes:
            notes.write(text + "\n")


def misbehave(kind, request, context):
    secret = os.environ.get("SECRET", "")
    if kind == "panic":
        say("panic: runtime error: " + secret + "\n\ngoroutine 1 [running]:\nmain.main()\n")
        os._exit(2)
    if kind == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    if kind == "silent":
        time.sleep(1000)
    if kind == "refuse":
        context.abort(grpc.StatusCode.PERMISSION_DENIED, "50% of \u00fcsers: " + secret)
    if kind == "old":
        context.abort(grpc.StatusCode.UNIMPLEMENTED, "no such call")
    if kind == "busy":
        context.abort(grpc.StatusCode.UNAVAILABLE, "come again")
    if kind == "hang up":
        for descriptor in os.listdir("/proc/self/fd"):
            if os.path.exists("/proc/self/fd/" + descriptor) and stat.S_ISSOCK(os.stat(int(descriptor)).st_mode):
                socket.socket(fileno=os.dup(int(descriptor))).shutdown(socket.SHUT_RDWR)
        time.sleep(1000)
    if kind == "wait for stop":
        note("waiting")
        stopped.wait()
        note("stopped early")
    if kind == "slow":
        note("begun")
        time.sleep(0.5)
        note("ended")
    if kind == "talk":
        for index in range(2000):
            say('{"@level":"debug","@message":"line %d %s"}\n' % (index, "x" * 100))
        say("end of talk " + secret + "\n")
    if kind == "talk on":
        say("x" * 600000 + secret + "\n" + "short\n")


def answer(method, request, context):
    note(method)
    asked = fields(request)
    if method == "GetProviderSchema" or method == "GetSchema":
        schema = b"".join(
            field(2, field(1, "type_%06d" % index) + field(2, field(1, 3) + field(2, b"x" * 4000)))
            for index in range(int(os.environ.get("TYPES", "1"))))
        return schema + field(6, field(1, 1) + field(2, 1))
    if method == "GetMetadata":
        return field(1, field(1, 1)) + field(4, field(1, "a")) + field(4, field(1, "b")) + field(3, field(1, "c"))
    if method in ("StopProvider", "Stop"):
        stopped.set()
        return b""
    if method in ("ConfigureProvider", "Configure"):
        refusal = os.environ.get("REFUSAL")
        return field(1, field(1, 1) + field(2, refusal)) if refusal else b""
    kind = asked.get(1, b"").decode()
    misbehave(kind, request, context)
    if kind == "garbage":
        return b"\x0a\xff"
    if kind == "large":
        return field(1, field(1, b"y" * int(os.environ["LARGE"])))
    if kind == "complain":
        path = field(1, field(1, "rule")) + field(1, field(3, 0))
        return field(2, field(1, 1) + field(2, "bad " + os.environ.get("SECRET", "")) + field(3, "why") + field(4, path))
    if kind == "defer":
        return field(4, field(1, 3))
    if method == "ReadResource":
        return b"".join(field(to, asked[of]) for of, to in ((2, 1), (3, 3), (6, 5)) if of in asked)
    if method == "ApplyResourceChange":
        return b"".join(field(to, asked[of]) for of, to in ((3, 1), (5, 2), (7, 5)) if of in asked)
    return b""


class Provider(grpc.GenericRpcHandler):
    def service(self, details):
        method = details.method.split("/")[-1]
        if method == "StreamStdio":
            def stream(request, context):
                secret = os.environ.get("SECRET", "").encode()
                for text in (b"printed ", b"in pieces\n", b"x" * 300000 + secret[:3], secret[3:] + b" cut\nrest"):
                    yield field(1, 1) + field(2, text)
            return grpc.unary_stream_rpc_method_handler(stream)
        if method == "Shutdown":
            def shut_down(request, context):
                note("Shutdown")
                if os.environ.get("STUBBORN") is None:
                    threading.Thread(target=lambda: (time.sleep(0.05), os._exit(0))).start()
                return b""
            return grpc.unary_unary_rpc_method_handler(shut_down)
        return grpc.unary_unary_rpc_method_handler(
            lambda request, context: answer(method, request, context))


note("started")
say(os.environ.get("GREETING", ""))
if "EXIT" in os.environ:
    sys.exit(int(os.environ["EXIT"]))
if "HANDSHAKE" in os.environ:
    print(os.environ["HANDSHAKE"], flush=True)
    time.sleep(1000)
if "MUTE" in os.environ:
    time.sleep(1000)

server = grpc.server(futures.ThreadPoolExecutor(8), handlers=[Provider()], options=[
    ("grpc.max_send_message_length", -1), ("grpc.max_receive_message_length", -1)])
path = os.path.join(tempfile.mkdtemp(dir=os.environ["PLUGIN_UNIX_SOCKET_DIR"]), "socket")
certificate = ""
if "CERTIFICATE" in os.environ:
    shown = open(os.environ["CERTIFICATE"], "rb").read()
    key = open(os.environ["KEY"], "rb").read()
    server.add_secure_port("unix:" + path, grpc.ssl_server_credentials([(key, shown)]))
    named = open(os.environ["NAMED_CERTIFICATE"]).read().split("-----")[2]
    certificate = "|" + named.replace("\n", "").rstrip("=")
else:
    server.add_insecure_port("unix:" + path)
server.start()
print("1|%s|unix|%s|grpc%s" % (os.environ.get("VERSION", "6"), path, certificate), flush=True)
print("printed after the handshake", flush=True)
server.wait_for_termination()
time.sleep(1000)
