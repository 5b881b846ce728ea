import { everyNode, type Flag, type Node } from './tree.js'

/** For Windows PowerShell 5.1 and PowerShell 7. */
export function powershellScript(root: Node): string {
  const nodes = everyNode(root)
  const flags = new Map(nodes.flatMap((node) => node.flags).map((flag) => [flag.names[0] ?? '', flag]))
  const waiting = [...flags.values()].filter(({ value }) => value.kind !== 'none')
  return `# PowerShell completion for mlc. Load it with:  mlc completion powershell | Out-String | Invoke-Expression
Register-ArgumentCompleter -Native -CommandName @('mlc', 'mlc.cmd') -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $below = @{
${nodes
  .filter(({ children }) => children.length > 0)
  .map((node) =>
    entry(
      node.path,
      node.children.map(({ name, description }) => [name, description]),
    ),
  )
  .join('\n')}
    }
    $words = @{
${nodes
  .filter(({ words }) => words.length > 0)
  .map((node) =>
    entry(
      node.path,
      node.words.map((word) => [word, word]),
    ),
  )
  .join('\n')}
    }
    $flags = @{
${nodes.map((node) => entry(node.path, node.flags.flatMap(namesOf))).join('\n')}
    }
    # Flags that wait for a value, and the words that it may be; none: the file names that PowerShell offers itself.
    $values = @{
${waiting.flatMap(valuesOf).join('\n')}
    }
    $at = ''
    $flag = $null
    foreach ($element in @($commandAst.CommandElements | Select-Object -Skip 1)) {
        if ($element.Extent.EndOffset -ge $cursorPosition -and $wordToComplete -ne '') { break }
        $word = $element.ToString()
        if ($null -ne $flag) { $flag = $null; continue }
        if ($values.ContainsKey($word)) { $flag = $word; continue }
        if ($word.StartsWith('-')) { continue }
        if ($below.ContainsKey($at) -and ($below[$at] | Where-Object { $_[0] -eq $word })) { $at = "$at $word".Trim() }
    }
    $offered = @()
    if ($flag -eq '--job') { $offered = @(mlc completion powershell --jobs 2> $null | ForEach-Object { ,@($_, $_) }) }
    elseif ($null -ne $flag) { $offered = $values[$flag] }
    elseif ($wordToComplete.StartsWith('-')) { $offered = $flags[$at] }
    else { $offered = @($below[$at]) + @($words[$at]) }
    foreach ($one in $offered) {
        if ($null -ne $one -and $one[0].StartsWith($wordToComplete)) {
            [System.Management.Automation.CompletionResult]::new($one[0], $one[0], 'ParameterValue', $one[1])
        }
    }
}
`
}

type Offer = readonly [word: string, description: string]

function namesOf({ names, description }: Flag): readonly Offer[] {
  return names.map((name): Offer => [name, description])
}

function valuesOf({ names, value }: Flag): readonly string[] {
  const words = value.kind === 'words' ? value.words : []
  return names.map((name) =>
    entry(
      name,
      words.map((word) => [word, word]),
    ),
  )
}

/** The comma before a single pair keeps PowerShell from unrolling it. */
function entry(key: string, offers: readonly Offer[]): string {
  const pairs = offers.map(
    ([word, description]) => `@(${quote(word)}, ${quote(description === '' ? word : description)})`,
  )
  return `        ${quote(key)} = @(${pairs.length === 1 ? ',' : ''}${pairs.join(', ')})`
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}
