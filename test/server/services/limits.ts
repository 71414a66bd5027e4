/** Changes its limits in memory, and waits for events no longer than it says (MUL-99, MUL-44). */
import { defineService } from "pfmaster";

export default defineService({
  afterJail({ limits }) {
    limits.maxUse = 0;
    limits.maxIdleSeconds = 0;
  },
  beforeWait({ log }) {
    log.info("waits");
    return 0.2;
  },
  onData: (connection, bytes) => connection.write(bytes),
});
