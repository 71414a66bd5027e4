import { expect, test, testService } from "pfmaster";

import greeting from "./greeting.ts";

test("greets everyone by name", async () => {
  await using service = await testService(greeting);
  using client = await service.connect();
  await client.sendLine("Ada");
  await client.sendLine("Grace");
  expect(await client.receiveLine()).toBe("Hello, Ada!");
  expect(await client.receiveLine()).toBe("Hello, Grace!");
});

test("greets as main.cf says", async () => {
  await using service = await testService(greeting, { mainCf: { greeting: "Hei" } });
  using client = await service.connect();
  await client.sendLine("Linus");
  expect(await client.receiveLine()).toBe("Hei, Linus!");
});

test("disconnects a client that sends no end of line", async () => {
  await using service = await testService(greeting, { requestSizeLimit: 100 });
  using client = await service.connect();
  await client.send("x".repeat(200));
  await client.disconnected();
  expect((await service.logged("request_size_limit")).severity).toBe("warning");
});
