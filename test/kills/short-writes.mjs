import fs from 'node:fs'
import { open } from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'

// Every write takes seven bytes at most and says so, as a disk may that is nearly full.
const writeSync = fs.writeSync
fs.writeSync = (fd, bytes, ...rest) => {
  if (typeof bytes === 'string') return writeSync(fd, bytes, ...rest)
  const [offset = 0, length = bytes.length - offset, position = null] = rest
  return writeSync(fd, bytes, offset, Math.min(length, 7), position)
}
syncBuiltinESMExports()

const file = await open(process.argv[1])
const handle = Object.getPrototypeOf(file)
await file.close()
const write = handle.write
handle.write = function (bytes, offset, length, position) {
  return write.call(this, bytes, offset, Math.min(length ?? bytes.length, 7), position)
}
