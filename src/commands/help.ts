import { CATALOGUE, CATEGORY_EXIT, MlcError, namedCode } from '../errors.js'
import type { Context } from '../context.js'

/** `mlc help MLC-Q031`: what a code means, what to do, which exit code it gives. */
export async function runHelp(topic: string, context: Context): Promise<number> {
  const code = namedCode(topic)
  if (code === null) {
    throw new MlcError('MLC-C006', `there is no help on ${JSON.stringify(topic)}`, {
      fix: 'mlc help lists the commands; codes look like MLC-Q031.',
    })
  }
  const { title, fix, category } = CATALOGUE[code]
  await context.data(
    {},
    `${code}  ${title}.\n  What to do: ${fix}\n  Exit code: ${CATEGORY_EXIT[category]} (${category})\n`,
  )
  return 0
}
