import { everyNode, type Flag, type Node } from './tree.js'

/** Works as a file `_mlc` in a folder of fpath, and when it is sourced. */
export function zshScript(root: Node): string {
  return `#compdef mlc
# zsh completion for mlc. Load it with:  source <(mlc completion zsh)
# or write it to a file _mlc in a folder of $fpath.
${everyNode(root).map(functionOf).join('\n')}
if [ "$funcstack[1]" = _mlc ]; then
  _mlc "$@"
else
  (( $+functions[compdef] )) || { autoload -Uz compinit && compinit }
  compdef _mlc mlc
fi
`
}

function functionOf(node: Node): string {
  const flags = node.flags.map((flag) => `    ${specOf(flag)} \\`).join('\n')
  if (node.children.length === 0) {
    const words = node.words.length > 0 ? `\n    ${quote(`1: :(${node.words.join(' ')})`)}` : ''
    return `${nameOf(node)}() {
  _arguments -s -S \\
${words === '' ? flags.slice(0, -2) : flags}${words}
}`
  }
  return `${nameOf(node)}() {
  local curcontext="$curcontext" state line
  _arguments -s -S -C \\
${flags}
    '1: :->command' \\
    '*:: :->rest'
  case $state in
    command)
      local -a commands
      commands=(
${node.children.map(({ name, description }) => `        ${quote(`${name}:${description.replace(/:/g, '\\:')}`)}`).join('\n')}
      )
      _describe -t commands command commands ;;
    rest)
      case $line[1] in
${node.children.map((child) => `        ${child.name}) ${nameOf(child)} ;;`).join('\n')}
      esac ;;
  esac
}`
}

function nameOf({ path }: Node): string {
  return `_mlc${path === '' ? '' : `_${path.replaceAll(' ', '_')}`}`
}

/** `'(-o --output)'{-o,--output}'[write the data to a file]:file:_files'` */
function specOf({ names, description, value, isRepeatable }: Flag): string {
  const told = quote(`[${description.replace(/[[\]:\\]/g, '\\$&')}]${actionOf(value)}`)
  const exclusive = isRepeatable ? quote('*') : names.length > 1 ? quote(`(${names.join(' ')})`) : ''
  return `${exclusive}${names.length > 1 ? `{${names.join(',')}}` : (names[0] ?? '')}${told}`
}

function actionOf(value: Flag['value']): string {
  if (value.kind === 'none') return ''
  if (value.kind === 'words') return `: :(${value.words.join(' ')})`
  if (value.kind === 'job') return ':job:{compadd -- ${(f)"$(mlc completion zsh --jobs 2> /dev/null)"}}'
  return value.kind === 'file' ? ':file:_files' : ': : '
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}
