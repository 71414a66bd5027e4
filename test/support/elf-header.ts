/** Which machine and which loader an executable is for (elf(5), 64-bit little-endian). */

export type ElfHeader = Readonly<{ machine: string; interpreter: string }>;

const MACHINES: Readonly<Record<number, string>> = { 62: "x86-64", 183: "aarch64" };
const PT_INTERP = 3;
const ENOUGH_BYTES = 4096;

export async function readElfHeader(path: string): Promise<ElfHeader> {
  const bytes = Buffer.from(await Bun.file(path).slice(0, ENOUGH_BYTES).arrayBuffer());
  if (bytes.toString("latin1", 0, 6) !== "\x7fELF\x02\x01")
    throw new Error(`${path}: not a 64-bit ELF`);
  const machine = bytes.readUInt16LE(18);
  const tableAt = Number(bytes.readBigUInt64LE(32));
  const entryBytes = bytes.readUInt16LE(54);
  for (let entry = 0; entry < bytes.readUInt16LE(56); entry++) {
    const at = tableAt + entry * entryBytes;
    if (bytes.readUInt32LE(at) !== PT_INTERP) continue;
    const start = Number(bytes.readBigUInt64LE(at + 8));
    const end = start + Number(bytes.readBigUInt64LE(at + 32)) - 1; // without the final NUL
    return {
      machine: MACHINES[machine] ?? `${machine}`,
      interpreter: await textAt(path, start, end),
    };
  }
  throw new Error(`${path}: names no interpreter`);
}

function textAt(path: string, start: number, end: number): Promise<string> {
  return Bun.file(path).slice(start, end).text();
}
