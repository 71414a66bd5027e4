// A policy server: each sender may send so many messages in so much time. In Postfix's main.cf:
//   smtpd_end_of_data_restrictions = check_policy_service unix:private/rate-limit
// and in master.cf, with one process, which knows everything:
//   rate-limit unix - - n - 1 pfmaster rate-limit
import { defineService } from "pfmaster";

const windows = new Map<string, { count: number; endSeconds: number }>();

export default defineService({
  parameters: {
    sender_message_limit: { type: "int", default: 100, min: 1 },
    sender_message_window: { type: "time", default: "1h", min: 1 },
  },
  requires: { processLimit: 1 },

  afterJail({ parameters, limits, clock }) {
    limits.maxUse = 0; // a new process would know nothing
    limits.maxIdleSeconds = 0;
    const forget = () => {
      for (const [sender, { endSeconds }] of windows) {
        if (endSeconds <= clock.seconds()) windows.delete(sender);
      }
      clock.after(parameters.sender_message_window, forget);
    };
    forget();
  },

  async session(client, { parameters, clock, log }) {
    for (;;) {
      const request = await client.readPolicyRequest();
      if (request === null) return;
      const sender = request.get("sender") ?? "";
      const now = clock.seconds();
      let window = windows.get(sender);
      if (window === undefined || window.endSeconds <= now) {
        window = { count: 0, endSeconds: now + parameters.sender_message_window };
        windows.set(sender, window);
      }
      window.count++;
      const isOver = window.count > parameters.sender_message_limit;
      if (isOver) log.info(`${sender} is over its limit`);
      const action = isOver ? "defer_if_permit too many messages, try later" : "dunno";
      await client.writeAttributes("plain", [["action", action]]);
    }
  },
});
