/** Endpoints that a service is reached by. Made and closed here, watched and accepted elsewhere. */
import {
  chmodSync,
  constants,
  fchmodSync,
  fstatSync,
  lstatSync,
  readSync,
  renameSync,
  unlinkSync,
} from "node:fs";

import { closeFd, openFile } from "./descriptor.ts";
import { checked, cString, libc } from "./libc.ts";
import { AF_INET6, inetAddress, type SocketAddress, unixAddress } from "./socket-address.ts";
import { SystemError, throwSystemError } from "./system-error.ts";

const SOCK_STREAM = 1;
const SOCK_DGRAM = 2;
const SOCK_FLAGS = constants.O_NONBLOCK | 0o2000000; // SOCK_NONBLOCK and SOCK_CLOEXEC
const SOL_SOCKET = 1;
const SO_REUSEADDR = 2;
const SO_SNDBUF = 7;
const SO_RCVBUF = 8;
const SO_REUSEPORT = 15;
const IPPROTO_TCP = 6;
const TCP_INFO = 11;
const TCP_INFO_BYTES = 32;
/** tcpi_unacked: of a listening socket, the length of its queue. */
const TCP_INFO_UNACKED_OFFSET = 24;
const IPPROTO_IPV6 = 41;
const IPV6_V6ONLY = 26;
const EEXIST = 17;
const SOCKET_MODE = 0o666;
const FIFO_MODE = 0o622;

export type TcpEndpoint = Readonly<{
  /** Numeric. */
  address: string;
  port: number;
  backlog: number;
  /** Both socket buffers; 0 leaves them to the kernel. */
  windowSizeBytes: number;
}>;

/** Options as in SVC-39. Two masters never share a port: the lock file comes first. */
export function listenTcp({ address, port, backlog, windowSizeBytes }: TcpEndpoint): number {
  const socketAddress = inetAddress(address, port);
  const isIpv6 = socketAddress.family === AF_INET6;
  return keepOrClose(openSocket(socketAddress.family, SOCK_STREAM), (fd) => {
    if (isIpv6) setOption(fd, "IPV6_V6ONLY", [IPPROTO_IPV6, IPV6_V6ONLY], 1);
    setOption(fd, "SO_REUSEADDR", [SOL_SOCKET, SO_REUSEADDR], 1);
    setOption(fd, "SO_REUSEPORT", [SOL_SOCKET, SO_REUSEPORT], 1);
    if (windowSizeBytes > 0) {
      setOption(fd, "SO_SNDBUF", [SOL_SOCKET, SO_SNDBUF], windowSizeBytes);
      setOption(fd, "SO_RCVBUF", [SOL_SOCKET, SO_RCVBUF], windowSizeBytes);
    }
    bindSocket(fd, socketAddress, isIpv6 ? `[${address}]:${port}` : `${address}:${port}`);
    setBacklog(fd, backlog);
  });
}

/** Replaces whatever is at the path (SVC-33); anyone may connect, the directory decides (SVC-34). */
export function listenUnix({ path, backlog }: { path: string; backlog: number }): number {
  return keepOrClose(bindUnix(path, SOCK_STREAM), (fd) => setBacklog(fd, backlog));
}

export function bindUnixDatagram({ path }: { path: string }): number {
  return bindUnix(path, SOCK_DGRAM);
}

/** Read-write, so that it is not at end of file between writers; empty at first (SVC-35). */
export function openFifo({ path }: { path: string }): number {
  removeIfThere(path);
  checked("mkfifo", libc.mkfifo(cString(path), FIFO_MODE), path);
  const fd = openFile(path, constants.O_RDWR | constants.O_NONBLOCK | constants.O_NOFOLLOW);
  return keepOrClose(fd, () => {
    onFile(path, () => {
      if (!fstatSync(fd).isFIFO()) throw new SystemError("open", EEXIST, path);
      fchmodSync(fd, FIFO_MODE);
      discardPending(fd);
    });
  });
}

/** listen(2) may be called again at any time; connections already queued stay. */
export function setBacklog(fd: number, backlog: number): void {
  checked("listen", libc.listen(fd, backlog));
}

/** Clients that a TCP listener has let in and nobody has accepted. */
export function queuedConnections(fd: number): number {
  const info = new Uint8Array(TCP_INFO_BYTES);
  const length = new Uint32Array([info.length]);
  checked("getsockopt", libc.getsockopt(fd, IPPROTO_TCP, TCP_INFO, info, length));
  return new DataView(info.buffer).getUint32(TCP_INFO_UNACKED_OFFSET, true);
}

/** Put a socket bound under a temporary name in the place of the old one, without a gap. */
export function renameSocket(from: string, to: string): void {
  unixAddress(to); // clients could not name a longer path
  onFile(to, () => renameSync(from, to));
}

function bindUnix(path: string, type: number): number {
  const address = unixAddress(path);
  removeIfThere(path);
  return keepOrClose(openSocket(address.family, type), (fd) => {
    bindSocket(fd, address, path);
    onFile(path, () => chmodSync(path, SOCKET_MODE));
  });
}

function openSocket(family: number, type: number): number {
  return checked("socket", libc.socket(family, type | SOCK_FLAGS, 0));
}

function bindSocket(fd: number, { bytes }: SocketAddress, subject: string): void {
  checked("bind", libc.bind(fd, bytes, bytes.length), subject);
}

function setOption(fd: number, name: string, [level, option]: [number, number], value: number) {
  const result = libc.setsockopt(fd, level, option, new Int32Array([value]), 4);
  checked("setsockopt", result, name);
}

/** A directory stays: unlink refuses it and the message says so. */
function removeIfThere(path: string): void {
  onFile(path, () => {
    if (lstatSync(path, { throwIfNoEntry: false }) !== undefined) unlinkSync(path);
  });
}

function discardPending(fd: number): void {
  const waste = new Uint8Array(4096);
  try {
    while (readSync(fd, waste) > 0);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EAGAIN")) throw error;
  }
}

function onFile(path: string, work: () => void): void {
  try {
    work();
  } catch (error) {
    throwSystemError(error, path);
  }
}

/** Nothing leaks when a later step fails. */
function keepOrClose(fd: number, prepare: (fd: number) => void): number {
  try {
    prepare(fd);
    return fd;
  } catch (error) {
    closeFd(fd);
    throw error;
  }
}
