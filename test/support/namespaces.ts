/** Words that run a program in a network or mount namespace of its own. Each ends in an exec. */

/** A network with a loopback device that also has these addresses. */
export function ownNetwork(addresses: readonly string[]): string[] {
  const commands = addresses.map((address) => `ip addr add ${address} dev lo`);
  const script = ["ip link set lo up", ...commands, 'exec "$@"'].join(" && ");
  return ["unshare", "--net", "sh", "-c", script, "sh"];
}

/** A file system in which `/dev` holds nothing but the basic devices and this log socket. */
export function ownDevices(logSocketDirectory: string): string[] {
  const script = [
    `mount -t tmpfs tmpfs /mnt`,
    `for name in null zero full random urandom tty; do cp -a /dev/$name /mnt/$name; done`,
    `ln -s ${logSocketDirectory}/log /mnt/log`,
    `mount --move /mnt /dev`,
    'exec "$@"',
  ].join(" && ");
  return ["unshare", "--mount", "sh", "-c", script, "sh"];
}
