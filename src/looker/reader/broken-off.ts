/** The answer ended before its own end, or was followed by something else. Reads are safe to repeat, so this is asked again. */
export class BrokenOff extends Error {
  override readonly name = 'BrokenOff'
}
