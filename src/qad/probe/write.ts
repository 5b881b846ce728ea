import { factsOf, type Fact } from './fact.js'

/** What of `qad.write` the rules of writing hang on. */
export interface WriteSpec {
  readonly kind: 'adaptive' | 'qxtend' | 'file'
  readonly target: 'bdoc' | 'journal' | 'file'
  readonly batchSize: number
  readonly settleSeconds: number
  /** The tenant's field of the key; empty for journals, whose key is a text. */
  readonly keyField: string
  readonly canValidate: boolean
}

/** What cannot be seen without writing, what mlc does about it, and what would make it certain. */
export function writeFacts(write: WriteSpec | null): readonly Fact[] {
  const facts = factsOf('write')
  if (write === null)
    return [
      facts.assumed('configured', 'qad.write is not configured', {
        meaning: 'this project reads QAD and posts nothing',
      }),
    ]
  if (write.target === 'file') return FILE
  return [uniqueKey(write), lateCommit(write), readAfterWrite(write), ...batches(write), ...journals(write)]
}

const facts = factsOf('write')

function uniqueKey({ target, keyField }: WriteSpec): Fact {
  const meaning =
    'one mlc never posts a key that QAD shows; two that run at the same moment on two machines could, and only QAD can refuse the second'
  if (target === 'bdoc')
    return facts.assumed('unique key', `that QAD refuses a second ${keyField} cannot be seen without writing`, {
      meaning,
      change: `Make domain and ${keyField} the primary key of the component.`,
    })
  return facts.assumed('unique key', 'QAD numbers entries by itself and takes a key in a text twice', {
    meaning,
    change: 'Run mlc for this entity on one machine, or from one state folder: its lock keeps a second run out.',
  })
}

function lateCommit({ settleSeconds }: WriteSpec): Fact {
  return facts.assumed('late commits', `how long QAD may still store after its answer was lost: ${settleSeconds} s`, {
    meaning:
      'what is stored later than that, after mlc has looked and sent again, is there twice unless the key is unique',
    change: 'Raise qad.write.settleSeconds above the longest time-out between QAD and its database.',
  })
}

function readAfterWrite({ settleSeconds }: WriteSpec): Fact {
  return facts.assumed('read after write', `that reads.posted shows a record within ${settleSeconds} s of its answer`, {
    meaning: 'what shows later ends as unknown (MLC-Q023): never sent again, but a person has to look',
    change: 'Raise qad.write.settleSeconds above the delay of the browse.',
  })
}

function batches({ batchSize }: WriteSpec): readonly Fact[] {
  if (batchSize <= 1) return []
  return [
    facts.assumed('batches', `that an array of ${batchSize} records is taken as a whole or not at all`, {
      meaning: 'of a batch whose answer does not tell the lines apart every record is in doubt until it is read back',
      change: 'Set qad.write.batchSize to 1, or ask QAD whether arrays are atomic.',
    }),
  ]
}

function journals({ kind, target, canValidate }: WriteSpec): readonly Fact[] {
  if (target !== 'journal') return []
  const approval = facts.assumed('approval', 'whether entries wait for somebody to verify them', {
    meaning: 'an entry that waits is posted, and shows in the read of references only when QAD shows such entries',
    change: 'Have verification switched off for the daybook.',
  })
  const validation = canValidate
    ? []
    : [
        facts.assumed('validation', 'the tenant checks an entry only by saving it', {
          meaning: 'what QAD refuses is refused after it was sent, one entry at a time',
          ...(kind === 'adaptive' ? { change: 'Set qad.write.validatePath, if the tenant has such a path.' } : {}),
        }),
      ]
  if (kind !== 'qxtend') return [approval, ...validation]
  const resend = facts.assumed('resendData', 'whether QXtend itself sends a QDoc again after a failure', {
    meaning: 'QXtend would post an entry twice without mlc knowing; the read-back then shows a conflict',
    change: 'Have resendData="false" set for the receiver.',
  })
  return [resend, approval]
}

const FILE: readonly Fact[] = [
  facts.assumed('import', 'whether a file is imported, once, and as a whole', {
    meaning: 'mlc hands each file over once and reads back its own copies; what becomes of them in QAD it cannot see',
    change: 'Compare in QAD: mlc audit export lists what was handed over.',
  }),
]
