import type { Context } from '../context.js'
import { MlcError } from '../errors.js'
import { looksMatching } from '../model/look.js'

/** Lets a person search the Looks by title, folder or id. @throws MLC-C006 when nobody can be asked, MLC-L010 when there are none */
export async function chooseLook(context: Context): Promise<string> {
  const question = 'Which Look?'
  // Before Looker is asked: without a person there is nothing to list them for.
  if (!context.prompts.canAsk) return context.prompts.search(question, () => [], '--look ID')
  const looks = await context.looks()
  if (looks.length === 0) {
    throw new MlcError('MLC-L010', 'Looker shows this user no Look', {
      fix: 'Share the folder of the Look with the user of the API key, or use --model, --explore and --fields.',
    })
  }
  const found = (words: string) =>
    looksMatching(looks, words).map(({ id, title, folder }) => ({
      name: `${title || 'without a title'}  (${folder === '' ? '' : `${folder}, `}Look ${id})`,
      value: id,
    }))
  return context.prompts.search(question, found, '--look ID')
}
