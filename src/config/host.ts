/** The facts about this machine that a configuration is evaluated against. Filled in from os/. */

export type Family = "ipv4" | "ipv6";
export type User = Readonly<{ name: string; uid: number; gid: number }>;
export type Group = Readonly<{ name: string; gid: number }>;

/** All answers come at once: nothing here may ask the network. */
export type Host = Readonly<{
  /** The kernel's host name, as `uname -n` prints it. */
  hostName: string;
  /** What `$process_name` and `$process_id` expand to. */
  processName: string;
  processId: number;
  /** Who runs us; 0 is the superuser. */
  callerUid: number;
  /** Address families for which the kernel makes a socket. */
  families: readonly Family[];
  /** First port that an ordinary user may bind. */
  firstUnprivilegedPort: number;
  userByName(name: string): User | null;
  userById(uid: number): User | null;
  groupByName(name: string): Group | null;
  groupById(gid: number): Group | null;
  /** The services database, TCP only. */
  portByName(name: string): number | null;
  /** daemon_directory when main.cf does not set it, and the rule that chose it. */
  daemonDirectory: Readonly<{ path: string; rule: string }>;
}>;
