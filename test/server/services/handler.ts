/** The low-level form, which tells its clients what it is called for. */
import { defineService } from "pfmaster";

export default defineService({
  onConnect(connection, _context, attributes) {
    const pairs = attributes === null ? "" : ` ${JSON.stringify([...attributes])}`;
    connection.write(`hello ${connection.remote?.address ?? "nobody"}${pairs}\n`);
  },
  onData(connection, bytes) {
    const text = Buffer.from(bytes).toString();
    if (text.startsWith("throw")) throw new Error("as asked");
    if (text.startsWith("end")) connection.end();
    else connection.write(`got ${text}`);
  },
  onDisconnect: (connection) => connection.write("bye\n"),
});
