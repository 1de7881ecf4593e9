#!/usr/bin/env python3
"""What a worker cannot do, tried by code inside a worker (escape.c): open a file,
run a program, make a process, signal another one, connect anywhere but to a
resolver.  The daemon outlives each try."""
import os
import socket
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import Daemon, done, free_port, need, note, ok, same, wait_for  # noqa: E402
from tap import TOP, Work  # noqa: E402

need("cc")


def build(work):
    out = work.path("plugins/escape.so")
    os.makedirs(work.path("plugins"))
    subprocess.run(["cc", "-std=c11", "-D_GNU_SOURCE", "-Wall", "-Werror", "-shared", "-fPIC",
                    "-I", os.path.join(TOP, "plugins"), "-o", out,
                    os.path.join(TOP, "tests/proc/escape.c")], check=True)
    return work.path("plugins")


def rules(acts):
    return "report_safe 0\n" + "".join(
        f"header {name} eval:check_escape('{act}', '{what}')\n"
        for name, (act, what) in acts.items())


def tried(d, name):
    """SYMBOLS of a message that has only this rule tried; None: no answer."""
    reply = d.ask("SYMBOLS", f"Subject: {name}\r\n\r\nx\r\n".encode())
    if b"EX_OK" not in reply.split(b"\r\n")[0]:
        return None
    return name.encode() in reply.partition(b"\r\n\r\n")[2]


def attempt(plugins, options, acts, allowed=()):
    """Each act in a worker of a daemon with these options."""
    acts, allowed = {"BREATHE": ("breathe", "-"), **acts}, ["BREATHE", *allowed]
    with Daemon(*options, "--plugins", plugins, rules=rules(acts), workers=1) as d:
        sanitized = "built with a sanitizer" in d.log()
        for name, (act, what) in acts.items():
            got = tried(d, name)
            if name in allowed:
                same(got, True, f"{act} {what}: allowed")
            elif sanitized and act in ("read", "execute", "fork", "signal", "socket",
                                       "connect-unix"):
                note(f"{act} {what}: {got} (a sanitizer is built in: no such limit)")
                wait_for(lambda: tried(d, "NOTHING") is not None)
            else:
                ok(not got, f"{act} {what}: refused") or note(d.log()[-1500:])
            ok(wait_for(lambda: tried(d, "NOTHING") is not None), "  and mail is scanned")


with Work() as work:
    plugins = build(work)
    secret = work.write("secret", "a mailbox")
    os.chmod(secret, 0o644)
    listener = socket.create_server(("127.0.0.1", 0))
    resolver = socket.create_server(("127.0.0.1", 0))
    unix = socket.socket(socket.AF_UNIX)
    unix.bind(work.path("unix"))
    unix.listen()
    port, dns = (s.getsockname()[1] for s in (listener, resolver))
    files = {"READ_SECRET": ("read", secret), "READ_PASSWD": ("read", "/etc/passwd"),
             "READ_PROC": ("read", "/proc/1/status"), "WRITE_NEW": ("write", work.path("new")),
             "WRITE_SECRET": ("write", secret), "WRITE_DEV": ("write", "/dev/shm/tare-escape"),
             "SIGNAL_PARENT": ("signal", os.getpid()), "FORK": ("fork", "-"),
             "RARE_CHARSET": ("iconv", "IBM1047"), "RUN": ("execute", "/bin/true")}
    attempt(plugins, ["--local"], {
        **files, "ANY_SOCKET": ("socket", "-"), "TO_PORT": ("connect", port),
        "TO_UNIX": ("connect-unix", work.path("unix"))}, allowed=["RARE_CHARSET"])
    ok(not os.path.exists(work.path("new")) and not os.path.exists("/dev/shm/tare-escape"),
       "and nothing was written")
    attempt(plugins, ["--cf", f"dns_server 127.0.0.1:{dns}"], {
        "TO_RESOLVER": ("connect", dns), "TO_PORT": ("connect", port),
        "TO_UNIX": ("connect-unix", work.path("unix"))}, allowed=["TO_RESOLVER"])
done()
