/** The status record that a child writes to its master (PRO-07). Knows nothing of sockets. */

export const STATUS_RECORD_BYTES = 12;
export const STATUS_TAKEN = 0;
export const STATUS_IDLE = 1;
/** Accepts nobody any more, finishes its clients, leaves. Only for a master that announced it. */
export const STATUS_RETIRING = 2;

/** `status` is whatever the child sent: the reader judges it. */
export type StatusRecord = Readonly<{ pid: number; generation: number; status: number }>;

/** All machines this is built for are little-endian: native byte order is the given one. */
export function encodeStatusRecord({ pid, generation, status }: StatusRecord): Uint8Array {
  const bytes = new Uint8Array(STATUS_RECORD_BYTES);
  const view = new DataView(bytes.buffer);
  view.setInt32(0, pid, true);
  view.setUint32(4, generation, true);
  view.setInt32(8, status, true);
  return bytes;
}

/** Returns null when the size is wrong: there is no framing to recover by (MST-95). */
export function decodeStatusRecord(bytes: Uint8Array): StatusRecord | null {
  if (bytes.byteLength !== STATUS_RECORD_BYTES) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return {
    pid: view.getInt32(0, true),
    generation: view.getUint32(4, true),
    status: view.getInt32(8, true),
  };
}
