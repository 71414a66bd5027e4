import { describe, expect, test } from "bun:test";
import {
  closeSync,
  constants,
  openSync,
  readFileSync,
  readlinkSync,
  readSync,
  writeSync,
} from "node:fs";

import {
  closeFd,
  duplicate,
  makePipe,
  openNullOn,
  setCloseOnExec,
  setNonBlocking,
  socketPair,
} from "../../src/os/descriptor.ts";
import { SystemError } from "../../src/os/system-error.ts";

const CLOEXEC = 0o2000000;

function flagsOf(fd: number): number {
  const line = /^flags:\s*([0-7]+)/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, "latin1"));
  return Number.parseInt(line?.[1] ?? "", 8);
}

describe("descriptors", () => {
  test("a failed call says which, on what, and why in words", () => {
    expect(() => closeFd(99_999)).toThrow(SystemError);
    expect(() => closeFd(99_999)).toThrow("close: Bad file descriptor");
  });

  test("everything is made close-on-exec, so that no child inherits it by accident (MST-36)", () => {
    const fds = [...makePipe({ nonBlocking: true }), ...socketPair("seqpacket")];
    fds.push(duplicate(fds[0] ?? -1));
    for (const fd of fds) expect(flagsOf(fd) & CLOEXEC).toBe(CLOEXEC);
    fds.forEach(closeFd);
  });

  test("both ends of the flow pipe refuse to wait (MST-110)", () => {
    const [readEnd, writeEnd] = makePipe({ nonBlocking: true });
    for (const fd of [readEnd, writeEnd]) {
      expect(flagsOf(fd) & constants.O_NONBLOCK).toBe(constants.O_NONBLOCK);
    }
    expect(() => readSync(readEnd, new Uint8Array(1))).toThrow("EAGAIN");
    closeFd(readEnd);
    closeFd(writeEnd);
  });

  test("flags are switched on and off one by one", () => {
    const fd = openSync("/dev/null", "r+");
    setNonBlocking(fd, true);
    setCloseOnExec(fd, false);
    expect(flagsOf(fd) & (CLOEXEC | constants.O_NONBLOCK)).toBe(constants.O_NONBLOCK);
    setNonBlocking(fd, false);
    setCloseOnExec(fd, true);
    expect(flagsOf(fd) & (CLOEXEC | constants.O_NONBLOCK)).toBe(CLOEXEC);
    closeSync(fd);
  });

  test("a standard descriptor is replaced by /dev/null, read-write and inheritable (MST-10)", () => {
    const [readEnd, writeEnd] = makePipe({ nonBlocking: false });
    openNullOn(writeEnd);
    expect(readlinkSync(`/proc/self/fd/${writeEnd}`)).toBe("/dev/null");
    expect(flagsOf(writeEnd) & (CLOEXEC | constants.O_RDWR)).toBe(constants.O_RDWR);
    expect(readSync(readEnd, new Uint8Array(1))).toBe(0); // its last writer is gone
    closeFd(readEnd);
    closeFd(writeEnd);
  });

  test("a closed standard descriptor is opened on /dev/null under its own number", () => {
    const fd = openSync("/dev/zero", "r");
    closeFd(fd);
    openNullOn(fd);
    expect(readlinkSync(`/proc/self/fd/${fd}`)).toBe("/dev/null");
    closeFd(fd);
  });

  test("messages of a seqpacket pair stay apart", () => {
    const [a, b] = socketPair("seqpacket");
    writeSync(a, "five!");
    writeSync(a, "twelve bytes");
    const room = new Uint8Array(100);
    expect([readSync(b, room), readSync(b, room)]).toEqual([5, 12]);
    closeFd(a);
    closeFd(b);
  });

  test("what a careless parent left open is closed, and nothing of the runtime's (MST-05)", async () => {
    const inherited = [openSync("/etc/hostname", "r"), ...makePipe({ nonBlocking: false })];
    const kept = openSync("/etc/hosts", "r");
    const program = `
      import { readdirSync, readlinkSync } from "node:fs";
      import { closeInheritedDescriptors } from "${import.meta.dir}/../../src/os/descriptor.ts";
      closeInheritedDescriptors([6]);
      const links = readdirSync("/proc/self/fd").filter((fd) => Number(fd) > 2).flatMap((fd) => {
        try { return [readlinkSync("/proc/self/fd/" + fd)]; } catch { return []; }
      });
      await Bun.sleep(1); // the event loop still turns
      console.log(JSON.stringify(links.filter((link) => !link.startsWith("anon_inode:"))));`;
    const child = Bun.spawn([process.execPath, "-e", program], {
      stdio: ["ignore", "pipe", "inherit", ...inherited, kept],
    });
    expect(JSON.parse(await new Response(child.stdout as ReadableStream).text())).toEqual([
      "/etc/hosts",
    ]);
    expect(await child.exited).toBe(0);
    [...inherited, kept].forEach(closeFd);
  });
});
