/** Waits in each hook of the start until a file of the hook's name is in the directory of its first word. */
import { existsSync } from "node:fs";

import { type Context, defineService } from "pfmaster";

const gate =
  (name: string) =>
  async ({ words }: Context): Promise<void> => {
    while (!existsSync(`${words[0]}/${name}`)) await Bun.sleep(10);
  };

export default defineService({
  beforeJail: gate("beforeJail"),
  afterJail: gate("afterJail"),
  onData: (connection, bytes) => connection.write(bytes),
});
