/**
 * A core dump as it is but for the registers of the processor, which hold up to 64 bytes of whatever was copied last: what stands
 * in them at a moment is chance, and no program can keep it out. (elf(5): program headers, notes; 64 bits, little-endian)
 */
export function withoutRegisters(core: Buffer): Buffer {
  const [at, size, count] = [Number(core.readBigUInt64LE(32)), core.readUInt16LE(54), core.readUInt16LE(56)]
  for (let header = at; header < at + size * count; header += size) {
    if (core.readUInt32LE(header) !== PT_NOTE) continue
    const start = Number(core.readBigUInt64LE(header + 8))
    blankNotes(core.subarray(start, start + Number(core.readBigUInt64LE(header + 32))))
  }
  return core
}

function blankNotes(notes: Buffer): void {
  for (let at = 0; at + 12 <= notes.length;) {
    const [name, length, type] = [notes.readUInt32LE(at), notes.readUInt32LE(at + 4), notes.readUInt32LE(at + 8)]
    const start = at + 12 + padded(name)
    if (!TOLD.has(type)) notes.fill(0, start, start + length)
    at = start + padded(length)
  }
}

function padded(length: number): number {
  return Math.ceil(length / 4) * 4
}

const PT_NOTE = 4
/** Notes that tell of the process: its command line, the auxiliary vector, mapped files, the signal. All others are registers. */
const TOLD = new Set([3, 6, 0x46494c45, 0x53494749])
