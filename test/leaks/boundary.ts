/**
 * Whether the target of a request could be read as one outside of `root` by some server or proxy on the way: each undoes
 * another number of encodings, takes other characters for a dot or a slash, or drops what follows a semicolon. The most
 * careless of each is asked. Written without a look at how mlc itself decides.
 */
export function leadsOut(target: string, root: string): boolean {
  const [path = ''] = target.split(/[?#]/)
  const inside = root.split('/').filter(Boolean)
  return [0, 1, 2, 3].some((times) => {
    let text = path
    for (let done = 0; done < times; done++) text = decodedLeniently(text)
    return leaves(folded(text), inside)
  })
}

function decodedLeniently(text: string): string {
  return text
    .replace(/%(?:c0|e0%80)%(?:ae|2e)/gi, '.')
    .replace(/%(?:c0|e0%80)%af/gi, '/')
    .replace(/%c1%9c/gi, '\\')
    .replace(/%u([0-9a-f]{4})/gi, (_, digits: string) => String.fromCharCode(parseInt(digits, 16)))
    .replace(/(?:%[0-9a-f]{2})+/gi, (bytes) => Buffer.from(bytes.replaceAll('%', ''), 'hex').toString('utf8'))
}

function folded(text: string): string {
  return text
    .normalize('NFKC')
    .replace(/[\\\u2044\u2215\u29f8\u29f5]/g, '/')
    .replace(/[\u2024\u3002]/g, '.')
}

function leaves(path: string, inside: readonly string[]): boolean {
  const steps: string[] = []
  for (const part of path.split('/')) {
    const step = (part.split(';')[0] ?? '').trim()
    if (step === '' || step === '.') continue
    if (step !== '..') steps.push(step)
    else if (steps.pop() === undefined || steps.length < inside.length) return true
  }
  return inside.some((part, at) => steps[at] !== part)
}
