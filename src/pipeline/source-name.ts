import type { SourceDefinition } from '../looker/source.js'

export function describeSource({ look, title, model, explore }: SourceDefinition): string {
  return look === null ? `${model}/${explore}` : `Look ${look}${title ? ` "${title}"` : ''}`
}
