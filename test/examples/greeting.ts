// A line service: greets whoever sends a name.
import { defineService } from "pfmaster";

export default defineService({
  parameters: {
    greeting: { type: "string", default: "Hello", min: 1 },
  },

  async session(client, { parameters }) {
    for (let name = await client.readLine(); name !== null; name = await client.readLine()) {
      await client.writeLine(`${parameters.greeting}, ${name}!`);
    }
  },
});
