// A look-up table for Postfix, by the socketmap protocol (socketmap_table(5)): one netstring
// "map key" is answered by "OK value" or "NOTFOUND ". In main.cf:
//   virtual_alias_maps = socketmap:unix:private/user-map:aliases
import { readFileSync } from "node:fs";

import { defineService } from "pfmaster";

const users = new Map<string, string>();

export default defineService({
  parameters: {
    user_map_file: { type: "string", default: "$config_directory/users" },
  },

  // Before the jail, where the file can still be found: one "name value" a line.
  beforeJail({ parameters, log }) {
    for (const line of readFileSync(parameters.user_map_file, "utf8").split("\n")) {
      const [name = "", value] = line.split(/\s+/);
      if (value !== undefined) users.set(name.toLowerCase(), value);
    }
    log.info(`users: ${users.size}`);
  },

  async session(client) {
    for (;;) {
      const request = await client.readNetstring();
      if (request === null) return;
      const [, key = ""] = new TextDecoder().decode(request).split(" ", 2);
      const value = users.get(key.toLowerCase());
      await client.writeNetstring(value === undefined ? "NOTFOUND " : `OK ${value}`);
    }
  },
});
