/** A log socket such as postlogd's. It holds ten records: read it before there are more. */
import { closeFd } from "../../src/os/descriptor.ts";
import { libc } from "../../src/os/libc.ts";
import { bindUnixDatagram } from "../../src/os/listener.ts";

const MSG_DONTWAIT = 0x40;

export function collectLog(path: string): Disposable & { path: string; text(): string } {
  const fd = bindUnixDatagram({ path });
  const room = Buffer.alloc(4096);
  let text = "";
  return {
    path,
    /** Everything so far, one record a line. */
    text() {
      for (;;) {
        const length = libc.recv(fd, room, room.length, MSG_DONTWAIT);
        if (length < 0) return text;
        text += `${room.toString("utf8", 0, length)}\n`;
      }
    },
    [Symbol.dispose]: () => closeFd(fd),
  };
}
