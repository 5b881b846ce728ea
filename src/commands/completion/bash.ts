import { everyNode, type Flag, type Node } from './tree.js'

/** For bash 3.2 (macOS) and later; needs nothing of the bash-completion package. */
export function bashScript(root: Node): string {
  const nodes = everyNode(root)
  const flags = nodes.flatMap((node) => node.flags)
  return `# bash completion for mlc. Load it with:  source <(mlc completion bash)
_mlc() {
  local cur=\${COMP_WORDS[COMP_CWORD]} at='' flag='' word i
  # What stands before the cursor: the commands named so far, and a flag that waits for its value.
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    # bash takes --flag=value apart at the sign.
    [ "$word" = = ] && continue
    if [ -n "$flag" ]; then
      flag=''
      continue
    fi
    case $word in
      ${patternOf(flags.filter(({ value }) => value.kind !== 'none'))}) flag=$word ;;
      -*) ;;
      *) case "$at/$word" in
${nodes.flatMap(({ path, children }) => children.map((child) => `        ${quote(`${path}/${child.name}`)}) at=${quote(child.path)} ;;`)).join('\n')}
      esac ;;
    esac
  done
  [ "$cur" = = ] && cur=''
  COMPREPLY=()
  local IFS=$'\\n'
  case $flag in
    '') ;;
${wordCases(flags)}
    --job) COMPREPLY=($(compgen -W "$("\${COMP_WORDS[0]}" completion bash --jobs 2> /dev/null)" -- "$cur")); return ;;
    ${patternOf(flags.filter(({ value }) => value.kind === 'file'))})
      compopt -o filenames 2> /dev/null
      COMPREPLY=($(compgen -f -- "$cur"))
      return ;;
    *) return ;;
  esac
  case $at in
${nodes.map(nodeCase).join('\n')}
  esac
}
complete -F _mlc mlc
`
}

function nodeCase({ path, children, flags, words }: Node): string {
  const names = flags.flatMap((flag) => flag.names)
  const bare = [...children.map(({ name }) => name), ...words]
  const pick = (list: readonly string[]) => `COMPREPLY=($(compgen -W $'${list.join('\\n')}' -- "$cur"))`
  return `    ${quote(path)})
      case $cur in
        -*) ${pick(names)} ;;
        *) ${bare.length > 0 ? pick(bare) : pick(names)} ;;
      esac ;;`
}

/** A flag means the same wherever it is taken, and so do the words after it. */
function wordCases(flags: readonly Flag[]): string {
  const seen = new Set<string>()
  return flags
    .flatMap(({ names, value }) => {
      const long = names[0] ?? ''
      if (value.kind !== 'words' || seen.has(long)) return []
      seen.add(long)
      return [`    ${names.join('|')}) COMPREPLY=($(compgen -W $'${value.words.join('\\n')}' -- "$cur")); return ;;`]
    })
    .join('\n')
}

function patternOf(flags: readonly Flag[]): string {
  return [...new Set(flags.flatMap(({ names }) => names))].join('|')
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}
