/** What to type to try the demo, with programs that this machine has. */
import type { DemoFolder } from "./demo-files.ts";

export function demoInstructions({ path, socket, port }: DemoFolder): string {
  const lines = [
    "",
    "A master runs, with an echo service behind two listeners. In another terminal, type:",
    ...(port === null ? [] : [`  ${overTcp(port)}`]),
    `  ${overUnixSocket(socket)}`,
    `  ${process.execPath} status -c ${path}`,
    "The first line that you send makes the master start a child. Ctrl-C here stops everything.",
    "",
    "",
  ];
  return lines.join("\n");
}

function overTcp(port: number): string {
  if (Bun.which("nc") !== null) return `nc 127.0.0.1 ${port}`;
  return `bash -c 'exec 3<>/dev/tcp/127.0.0.1/${port}; echo hello >&3; head -n 1 <&3'`;
}

function overUnixSocket(path: string): string {
  if (Bun.which("socat") !== null) return `socat - UNIX-CONNECT:${path}`;
  if (Bun.which("python3") !== null) {
    return `python3 -c 'import socket as s; c = s.socket(s.AF_UNIX); c.connect("${path}"); c.sendall(b"hello\\n"); print(c.recv(99))'`;
  }
  return `node -e 'require("net").connect("${path}", function () { this.write("hello\\n") }).once("data", (data) => process.exit(console.log("" + data)))'`;
}
