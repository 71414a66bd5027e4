import { expect, test, type TestClient, testService } from "pfmaster";

import rateLimit from "./rate-limit.ts";

const mainCf = { sender_message_limit: "2", sender_message_window: "10m" };

async function ask(client: TestClient, sender: string): Promise<string | undefined> {
  const request = { request: "smtpd_access_policy", protocol_state: "END-OF-MESSAGE", sender };
  await client.sendAttributes("plain", Object.entries(request));
  return (await client.receiveAttributes("plain"))["action"];
}

test("defers a sender over its limit, on whatever connection", async () => {
  await using service = await testService(rateLimit, { mainCf });
  using first = await service.connect();
  using second = await service.connect();
  expect(await ask(first, "a@example.com")).toBe("dunno");
  expect(await ask(second, "a@example.com")).toBe("dunno");
  expect(await ask(first, "a@example.com")).toMatch(/^defer_if_permit /);
  expect(await ask(second, "b@example.com")).toBe("dunno");
  await service.logged("a@example.com is over its limit");
});

test("lets a sender go on when the time is over", async () => {
  await using service = await testService(rateLimit, { mainCf });
  using client = await service.connect();
  for (let count = 0; count < 3; count++) await ask(client, "c@example.com");
  expect(await ask(client, "c@example.com")).toMatch("defer_if_permit");
  await service.clock.advance(600);
  expect(await ask(client, "c@example.com")).toBe("dunno");
});
