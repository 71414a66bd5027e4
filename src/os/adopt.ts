/** Give an open socket descriptor to the event loop, which then owns and closes it. */

/** `Bun.connect` takes `fd`; only its published types do not say so. */
export function adoptSocket(fd: number, socket: Bun.SocketHandler<undefined>): Promise<Bun.Socket> {
  const options: Bun.FdSocketOptions = { fd, socket };
  return Bun.connect(options as unknown as Bun.UnixSocketOptions);
}
