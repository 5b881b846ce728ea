import { everyNode, type Flag, type Node } from './tree.js'

export function fishScript(root: Node): string {
  const nodes = everyNode(root)
  const waiting = [
    ...new Set(
      nodes
        .flatMap(({ flags }) => flags)
        .filter(takesValue)
        .flatMap(({ names }) => names),
    ),
  ]
  const steps = nodes.flatMap(({ path, children }) =>
    children.map(
      (child) => `            case ${quote(`${path}/${child.name}`)}\n                set at ${quote(child.path)}`,
    ),
  )
  return `# fish completion for mlc. Load it with:  mlc completion fish | source
# or write it to ~/.config/fish/completions/mlc.fish
# True when the commands named before the cursor are the ones given.
function __mlc_at
    set -l at ''
    set -l waits 0
    set -l words (commandline -opc)
    for word in $words[2..-1]
        if test $waits = 1
            set waits 0
            continue
        end
        switch $word
            case ${waiting.join(' ')}
                set waits 1
                continue
            case '-*'
                continue
        end
        switch "$at/$word"
${steps.join('\n')}
        end
    end
    test "$at" = "$argv[1]"
end
complete -c mlc -f
${nodes.flatMap(linesOf).join('\n')}
`
}

function linesOf({ path, children, flags, words }: Node): string[] {
  const start = `complete -c mlc -n ${quote(`__mlc_at ${quote(path)}`)}`
  return [
    ...children.map(({ name, description }) => `${start} -a ${name} -d ${quote(description)}`),
    ...(words.length > 0 ? [`${start} -a ${quote(words.join(' '))}`] : []),
    ...flags.map((flag) => `${start} ${flagText(flag)} -d ${quote(flag.description)}`),
  ]
}

function flagText({ names, value }: Flag): string {
  const spelled = names.map((name) => (name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`)).join(' ')
  if (value.kind === 'none') return spelled
  if (value.kind === 'words') return `${spelled} -x -a ${quote(value.words.join(' '))}`
  if (value.kind === 'job') return `${spelled} -x -a '(mlc completion fish --jobs 2> /dev/null)'`
  return `${spelled} ${value.kind === 'file' ? '-r -F' : '-x'}`
}

function takesValue({ value }: Flag): boolean {
  return value.kind !== 'none'
}

function quote(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
}
