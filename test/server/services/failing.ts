/** Fails in the hook that its first word names. */
import { defineService } from "pfmaster";

const fail =
  (name: string) =>
  ({ words }: { words: readonly string[] }) => {
    if (words[0] === name) throw new Error(`failed in ${name}`);
  };

export default defineService({
  beforeJail: fail("beforeJail"),
  afterJail: fail("afterJail"),
  beforeAccept: fail("beforeAccept"),
  onExit: fail("onExit"),
  beforeWait(context) {
    fail("beforeWait")(context);
    return -1;
  },
  onData: (connection, bytes) => connection.write(bytes),
});
