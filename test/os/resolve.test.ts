import { describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { networkInterfaces } from "node:os";

import { currentHost } from "../../src/os/host.ts";
import { interfaceAddresses, resolveHost, supportedFamilies } from "../../src/os/resolve.ts";
import { addressText, inetAddress } from "../../src/os/socket-address.ts";
import { temporaryDirectory } from "./temporary-directory.ts";

describe("addresses", () => {
  test("a numeric address is its own answer", async () => {
    expect(await resolveHost("192.0.2.7")).toEqual(["192.0.2.7"]);
    expect(await resolveHost("2001:db8::1")).toEqual(["2001:db8::1"]);
  });

  test("names are found where the machine's own resolver finds them, each address once", async () => {
    const found = await resolveHost("localhost");
    expect(found).toContain("127.0.0.1");
    expect(new Set(found).size).toBe(found.length);
  });

  test("a name without address is a failure that names it", async () => {
    await expect(resolveHost("no-such-host.invalid")).rejects.toMatchObject({
      name: "ResolveError",
      message: expect.stringContaining("no-such-host.invalid"),
    });
    await expect(resolveHost("")).rejects.toThrow();
  });

  test("of all interfaces that are up, as the runtime knows them too", () => {
    const known = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
    for (const { address } of known) {
      expect(interfaceAddresses().map((text) => text.split("%")[0] ?? "")).toContain(address);
    }
    expect(interfaceAddresses()).toContain("127.0.0.1");
  });

  test("the families are those that the kernel makes sockets for (MCF-68)", () => {
    expect(supportedFamilies()).toEqual(["ipv4", "ipv6"]);
  });

  test.each([
    ["127.0.0.1", 25, "0200" + "0019" + "7f000001" + "0000000000000000"],
    ["::1", 0x1234, "0a00" + "1234" + "00000000" + "00".repeat(15) + "01" + "00000000"],
    ["fe80::2%lo", 1, "0a00" + "0001" + "00000000" + "fe80" + "00".repeat(13) + "02" + "01000000"],
  ])("%s has the kernel's form", (address, port, expected) => {
    expect(Buffer.from(inetAddress(address, port).bytes).toString("hex")).toBe(expected);
  });

  test("text is normalised", () => {
    expect(addressText(inetAddress("2001:0DB8:0::1", 0).bytes.subarray(8, 24))).toBe("2001:db8::1");
    expect(addressText(Uint8Array.of(10, 0, 0, 1))).toBe("10.0.0.1");
  });
});

describe("facts about this machine", () => {
  test("are complete", () => {
    const host = currentHost({ processName: "master", argv0: "pfmaster" });
    expect(host).toMatchObject({
      processName: "master",
      processId: process.pid,
      callerUid: 0,
      families: ["ipv4", "ipv6"],
    });
    expect(host.hostName).toBe(Bun.spawnSync(["uname", "-n"]).stdout.toString().trim());
    const sysctl = "/proc/sys/net/ipv4/ip_unprivileged_port_start";
    expect(host.firstUnprivilegedPort).toBe(Number(Bun.spawnSync(["cat", sysctl]).stdout));
    expect(host.userByName("root")?.uid).toBe(0);
  });

  test("the daemons lie beside us, or where Postfix usually puts them; it says which", () => {
    using directory = temporaryDirectory();
    const find = (argv0: string) => currentHost({ processName: "master", argv0 }).daemonDirectory;
    const usual = find("pfmaster");
    expect(usual.path).toStartWith("/usr/lib");
    expect(find(directory.file("pfmaster"))).toEqual(usual);
    expect(find("./pfmaster")).toEqual(usual);
    writeFileSync(directory.file("smtpd"), "");
    expect(find(directory.file("pfmaster"))).toEqual({
      path: directory.path,
      rule: expect.stringContaining(directory.file("pfmaster")),
    });
  });
});
