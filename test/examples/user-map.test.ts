import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect, test, testService } from "pfmaster";

import userMap from "./user-map.ts";

test("finds what the file holds, and nothing else", async () => {
  const folder = mkdtempSync(join(tmpdir(), "user-map-"));
  try {
    const file = join(folder, "users");
    writeFileSync(file, "ada ada@example.com\nGrace grace@example.com\n");
    await using service = await testService(userMap, { mainCf: { user_map_file: file } });
    using client = await service.connect();
    for (const [key, answer] of [
      ["ada", "OK ada@example.com"],
      ["GRACE", "OK grace@example.com"],
      ["alan", "NOTFOUND "],
    ]) {
      await client.sendNetstring(`aliases ${key}`);
      expect(await client.receiveNetstring()).toBe(answer);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("does not answer what is no netstring", async () => {
  const mainCf = { user_map_file: "/dev/null" };
  await using service = await testService(userMap, { mainCf });
  using client = await service.connect();
  await client.sendLine("aliases ada");
  await client.disconnected();
  await service.logged("expected the length of a netstring");
});
