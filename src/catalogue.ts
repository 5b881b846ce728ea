import type { Category } from './errors.js'

export interface CatalogueEntry {
  readonly category: Category
  /** What the code means, for `mlc help CODE`. */
  readonly title: string
  /** One line of what to do. */
  readonly fix: string
}

/** Every error mlc can name. Codes are stable: scripts match on them. A test counts that each has a case. */
export const CATALOGUE = {
  'MLC-X001': e(
    'unexpected',
    'An error that mlc did not foresee',
    'Run it again with --debug and report what it prints.',
  ),

  'MLC-C001': e(
    'usage',
    'No mlc.yaml was found',
    'Run mlc in the folder that holds mlc.yaml, name it with --config FILE, or make one with mlc init.',
  ),
  'MLC-C002': e('usage', 'mlc.yaml is not valid YAML', 'Correct the line named; quote codes and times.'),
  'MLC-C003': e(
    'usage',
    'A setting in mlc.yaml is missing, unknown or has a value that is not allowed',
    'Correct the field named.',
  ),
  'MLC-C004': e(
    'usage',
    'mlc.yaml names an environment variable that is not set',
    'Set the variable, or write the value into mlc.yaml.',
  ),
  'MLC-C005': e('usage', 'The job is not in mlc.yaml', 'Use a name listed under jobs in mlc.yaml.'),
  'MLC-C006': e('usage', 'A flag or argument is missing or cannot be used so', 'See mlc help for the command.'),
  'MLC-C007': e('usage', 'Plain http is only allowed to a loopback address', 'Use https in the address.'),
  'MLC-C008': e('usage', 'The state folder cannot be used', 'Free space or name another folder with MLC_STATE_DIR.'),
  'MLC-C009': e('usage', 'Posting without a terminal needs --yes', 'Add --yes, or --dry-run to see the plan only.'),
  'MLC-C010': e(
    'usage',
    'The run is not in the state folder, or has not reached the stage this command needs',
    'Run mlc pull --job NAME --period YYYY-PP first.',
  ),
  'MLC-C011': e(
    'usage',
    'A file that mlc.yaml or a flag names cannot be read',
    'Correct the path; it is relative to mlc.yaml.',
  ),
  'MLC-C012': e('usage', 'mlc.yaml lacks a section that this command needs', 'Add the section named.'),
  'MLC-C013': e(
    'usage',
    'A file that would be written is already there',
    'Move it away, or start in another folder; mlc writes over nothing.',
  ),
  'MLC-C014': e(
    'usage',
    'A file of the new project cannot be written',
    'Free space, or choose a folder that you may write.',
  ),
  'MLC-C015': e(
    'usage',
    'There is nothing to settle about the record',
    'Run mlc status for what is open, or mlc audit show --key KEY for its history.',
  ),
  'MLC-C016': e(
    'usage',
    'No line of the audit speaks of this reference',
    'Give the key of a reference, its beginning, or the reference as QAD names it; check MLC_STATE_DIR and audit.dir.',
  ),
  'MLC-C017': e(
    'usage',
    'A template cannot be used',
    'Correct the line named; the message says which name, and the nearest that is given.',
  ),
  'MLC-C018': e(
    'usage',
    'A template makes no document of its format',
    'Correct the template where the message says; nothing was sent.',
  ),
  'MLC-C021': e(
    'usage',
    'No break has this key, or the period was not reconciled on this machine',
    'Run mlc reconcile --job NAME --period YYYY-PP --json first: it names the key of each line.',
  ),
  'MLC-C022': e(
    'guard',
    'A reconciliation cannot be signed as it is',
    'Have it signed with --role preparer first; both roles sign the same figures, settings and notes.',
  ),
  'MLC-C023': e(
    'guard',
    'A second person is required to sign',
    'Have somebody else sign, or set signoff.secondPerson to false in mlc.yaml.',
  ),
  'MLC-C020': e('lock', 'Another run holds the state folder', 'Wait for it, or use --lock-timeout SECONDS.'),

  'MLC-C030': e(
    'unavailable',
    'The deadline of --timeout has passed',
    'Raise --timeout, or run the same command again later.',
  ),

  'MLC-C031': e(
    'interrupted',
    'Stopped by Ctrl-C',
    'Run the same command again; one that posts has finished and recorded what was in flight.',
  ),
  'MLC-C032': e(
    'terminated',
    'Stopped by SIGTERM',
    'Run the same command again; one that posts has finished and recorded what was in flight.',
  ),

  'MLC-C040': e('usage', 'Node.js is older than mlc needs', 'Install Node.js 20.19 or later.'),
  'MLC-C041': e(
    'guard',
    'The clocks of this machine and of Looker or QAD disagree',
    'Set the clock of this machine: tokens, certificates and the order of the audit depend on it.',
  ),
  'MLC-C042': e(
    'usage',
    'An option of Node.js would write credentials to a file',
    'Take the option named out of NODE_OPTIONS.',
  ),
  'MLC-C050': e(
    'usage',
    'The scheduler of this machine refuses, is not there, or holds what mlc cannot change safely',
    'Correct what the message names; mlc schedule without --install prints what is to be set up by hand.',
  ),

  'MLC-S001': e(
    'auth',
    'A credential is missing',
    'Run mlc login looker or mlc login qad where there is a keychain or MLC_STORE=vault; else set the variable named, or its _FILE form with the path of a file that holds it.',
  ),
  'MLC-S002': e('auth', 'A credential file cannot be read', 'Check the path and the permissions of the file.'),
  'MLC-S003': e(
    'auth',
    'The credentialCommand gives no credentials',
    'Run the command by hand; it must print JSON such as {"looker": {"clientId": "…", "clientSecret": "…"}}.',
  ),
  'MLC-S004': e('usage', 'MLC_STORE names no store', 'Set MLC_STORE to keychain, vault or none.'),
  'MLC-S005': e(
    'auth',
    'What the store holds cannot be used as credentials',
    'Run mlc login for the system named; or store by hand, as the secret, {"clientId": "…", "clientSecret": "…"} for Looker, {"clientId": "…", "username": "…", "password": "…"} for QAD.',
  ),
  'MLC-S006': e(
    'auth',
    'The store gives back something else than was saved',
    'Run mlc login again; if it stays so, set MLC_STORE to another store.',
  ),
  'MLC-S010': e(
    'auth',
    'There is no OS keychain here',
    'Set MLC_STORE=vault (encrypted file, passphrase from MLC_VAULT_KEY_FILE), or MLC_STORE=none and the variables.',
  ),
  'MLC-S011': e(
    'auth',
    'The OS keychain is locked, or does not answer',
    'Unlock it and run the same command again, or set MLC_STORE=vault or MLC_STORE=none.',
  ),
  'MLC-S020': e(
    'auth',
    'The vault has no passphrase',
    'Set MLC_VAULT_KEY_FILE to the path of a file that holds it, or MLC_VAULT_KEY.',
  ),
  'MLC-S021': e(
    'auth',
    'The vault cannot be opened',
    'Check the passphrase; if the file is damaged, delete it and run mlc login again.',
  ),
  'MLC-S022': e(
    'auth',
    'The vault is not a file of this user alone',
    'Make it a plain file of yours with mode 0600 (chmod 600), after finding out who changed it.',
  ),

  'MLC-S030': e(
    'auth',
    'The ingest endpoint has no secret',
    'Make one with openssl rand -hex 32, and name its file in MLC_INGEST_SECRET_FILE (or set MLC_INGEST_SECRET).',
  ),
  'MLC-S031': e(
    'auth',
    'The secret of the ingest endpoint cannot be used',
    'Make one with openssl rand -hex 32; while it is changed, give the old and the new one, separated by a comma.',
  ),

  'MLC-L001': e(
    'unavailable',
    'Looker cannot be reached',
    'Check looker.baseUrl, the network and the proxy; then run the same command again.',
  ),
  'MLC-L002': e(
    'unavailable',
    'Looker did not answer in time',
    'Run the same command again later, or raise --timeout.',
  ),
  'MLC-L003': e(
    'usage',
    'The TLS connection to Looker cannot be trusted',
    'Correct the host name, or name your own CA with NODE_EXTRA_CA_CERTS.',
  ),
  'MLC-L004': e(
    'auth',
    'Looker refused the API3 key',
    'Check client id and secret (Admin > Users > API keys) and looker.baseUrl.',
  ),
  'MLC-L005': e(
    'unavailable',
    'The address answers, but not as a Looker API',
    'Check host and port in looker.baseUrl (443 or 19999).',
  ),
  'MLC-L006': e('auth', 'Looker denies the permission', 'Ask the Looker admin for the permission named.'),
  'MLC-L007': e(
    'unavailable',
    'Looker is throttling',
    'Run the same command again later, or lower looker.requestsPerMinute.',
  ),
  'MLC-L008': e('unavailable', 'Looker fails with a server error', 'Run the same command again later.'),
  'MLC-L009': e(
    'unavailable',
    'The answer of Looker keeps breaking off',
    'Run the same command again later, or pull less at once.',
  ),
  'MLC-L010': e(
    'guard',
    'The Look or saved query does not exist, or may not be seen',
    'Check the id and the content access of the API user.',
  ),
  'MLC-L011': e(
    'guard',
    'The model or Explore does not exist, or may not be seen',
    'Check model and explore and the model set of the API user.',
  ),
  'MLC-L012': e(
    'guard',
    'A field or filter does not exist in the Explore',
    'Correct the field in mlc.yaml, or in the Look.',
  ),
  'MLC-L013': e('guard', 'Looker refused the query', 'Correct the query as the message says.'),
  'MLC-L014': e(
    'guard',
    'Looker reported an error inside a good answer',
    'Run the query in Looker to see the error; nothing was used.',
  ),
  'MLC-L015': e(
    'guard',
    'The answer of Looker is not what its format promises',
    'Report the message; nothing was used.',
  ),
  'MLC-L016': e(
    'guard',
    'The columns returned are not the columns asked for',
    'Check the fields of the Look and the Explore.',
  ),
  'MLC-L017': e(
    'guard',
    'Looker did not apply the filters that were asked for',
    'Check the filters of the Look and the Explore.',
  ),
  'MLC-L020': e('guard', 'The result is empty', 'Check filters and period, or set onEmpty: allow.'),
  'MLC-L021': e(
    'guard',
    'The result is not complete',
    'Give the API user download_without_limit, or split the query by filters.',
  ),
  'MLC-L022': e('guard', 'A row came twice', 'Check the query for fields that make its rows unique.'),
  'MLC-L023': e(
    'guard',
    'The query has a shape that cannot be posted',
    'Remove pivots, totals and table calculations from the query.',
  ),
  'MLC-L024': e(
    'usage',
    'The slug or Explore address cannot be understood',
    'Copy the address from the browser, or give the slug.',
  ),

  'MLC-L026': e(
    'guard',
    'The Look or query has changed since it was pinned',
    'Read the change; if it is meant, take source.expect.definition out, pull again, and pin it with mlc map --pin.',
  ),

  'MLC-L027': e(
    'guard',
    'A filter does not mean what it says, given the type of its field',
    'Correct the filter as the message says, in the Look or in mlc.yaml.',
  ),

  'MLC-L028': e(
    'guard',
    'The source cannot be paged by its key',
    'Use --paging auto (or paging: auto in mlc.yaml), or take what the message names out of the query.',
  ),

  'MLC-L040': e('guard', 'The Looker release is too old', 'Have Looker updated to 24.4 or later.'),

  'MLC-L041': e(
    'guard',
    'The scheduled plan of Looker cannot be made or changed so',
    'Correct what the message names, in Looker or in mlc.yaml; then run the same command again.',
  ),

  'MLC-Q002': e(
    'unavailable',
    'QAD did not answer in time',
    'Run the same command again later, or raise http.readTimeoutMs.',
  ),
  'MLC-Q003': e(
    'usage',
    'The TLS connection to QAD cannot be trusted',
    'Correct the host name, or name your own CA with http.caFile.',
  ),
  'MLC-Q004': e(
    'auth',
    'QAD refused the credentials',
    'Check user, password and client id; ten wrong tries lock a QAD user, so mlc does not repeat it.',
  ),
  'MLC-Q005': e(
    'guard',
    'The address answers, but not as this QAD tenant',
    'Check qad.baseUrl with its context root and environment segment.',
  ),
  'MLC-Q006': e(
    'auth',
    'QAD denies the permission',
    'Ask the QAD administrator for the role that may do this, or correct qad.domain and qad.entity.',
  ),
  'MLC-Q007': e('unavailable', 'QAD is throttling', 'Run the same command again later, or raise http.minGapMs.'),
  'MLC-Q010': e(
    'guard',
    'A master read of QAD returned nothing',
    'Check the browse id, the workspace and the rights of the user.',
  ),
  'MLC-Q011': e('guard', 'A row of QAD lacks a configured column', 'Correct qad.reads in mlc.yaml.'),
  'MLC-Q012': e(
    'guard',
    'A browse of QAD repeated a page or row, or its count does not agree',
    'Raise pageSize of that read, and report it.',
  ),
  'MLC-Q013': e('guard', 'The answer of QAD to a read is not what was expected', 'Check the read in mlc.yaml.'),
  'MLC-Q016': e('usage', 'The read is not configured', 'Add it under qad.reads in mlc.yaml.'),
  'MLC-Q017': e(
    'usage',
    'The file is no capture that mlc can learn from',
    'Record one save in the browser with its network panel open and export it as HAR; or name a QDoc, a Dump XML file or a WSDL.',
  ),
  'MLC-Q020': e('partial', 'QAD refused the record', 'Correct what QAD names, then run mlc replay.'),
  'MLC-Q021': e(
    'partial',
    'It is not known whether QAD holds the record',
    'Run mlc replay: it waits for settleSeconds and asks QAD before it sends; mlc resolve where QAD cannot be asked.',
  ),
  'MLC-Q022': e(
    'partial',
    'QAD holds another content under this key',
    'Compare both amounts and correct QAD, or accept what it holds with mlc resolve KEY --posted; mlc changes nothing by itself.',
  ),
  'MLC-Q023': e(
    'partial',
    'What QAD stored is not what was sent',
    'Compare both and correct QAD, or settle it with mlc resolve; mlc changes nothing by itself.',
  ),
  'MLC-Q024': e('partial', 'The record was not sent because the run stopped before it', 'Run mlc replay.'),
  'MLC-Q025': e('guard', 'QAD itself says otherwise', 'Run mlc replay, which records what QAD holds.'),
  'MLC-Q031': e('guard', 'The period is not open in QAD', 'Ask for the period to be opened, or choose another.'),
  'MLC-Q032': e(
    'guard',
    'The period does not exist in the calendar of QAD',
    'Check --period and the column named by figure.period.',
  ),
  'MLC-Q033': e(
    'guard',
    'QAD does not show references that mlc posted before',
    'Check reads.posted, the workspace and the rights of the user.',
  ),
  'MLC-Q040': e(
    'guard',
    'QAD does not answer in the workspace of mlc.yaml',
    'Check qad.domain, qad.entity and qad.workspace, or have the user given that workspace.',
  ),
  'MLC-Q041': e(
    'guard',
    'The Swagger document of the tenant lacks a configured path or field, or cannot be read',
    'Correct the path or field named, or qad.swagger.',
  ),
  'MLC-Q042': e(
    'guard',
    'A read of QAD returned nothing that could be used',
    'Check the browse, its filters, and the rights of the user.',
  ),
  'MLC-Q043': e(
    'guard',
    'The daybook posts to a layer that counts in the books',
    'Name an external daybook on a transient layer under qad.write.daybook. To change the ledger on purpose: allowOfficialLayer: true, and a typed yes on a terminal.',
  ),
  'MLC-Q044': e(
    'guard',
    'The daybook or the offset account of the journal cannot be used',
    'Correct qad.write.daybook or qad.write.offsetAccount, or have it made active in QAD.',
  ),
  'MLC-Q045': e(
    'guard',
    'The folder of files for QAD cannot be used',
    'Free space, or correct qad.write.dir and its permissions.',
  ),
  'MLC-Q048': e(
    'guard',
    'QAD does otherwise than mlc.yaml counts on',
    'Change what mlc qad probe names beside the finding, then run it again.',
  ),
  'MLC-Q503': e('unavailable', 'QAD is not available', 'Run the same command again later.'),

  'MLC-P001': e('guard', 'An amount is not a plain decimal', 'Use an unformatted numeric measure.'),
  'MLC-P002': e('guard', 'A currency is not a three-letter code', 'Correct figure.currency, or the column it names.'),
  'MLC-P003': e(
    'guard',
    'A row belongs to another period than the one asked for',
    'Filter the source by the period asked for.',
  ),
  'MLC-P004': e('guard', 'A row names a period that cannot be read', 'Use YYYY-PP, YYYY-MM or an ISO date.'),
  'MLC-P005': e(
    'guard',
    'A column that the job names is not in the result',
    'Correct figure in mlc.yaml, or add the field to the Look.',
  ),
  'MLC-P010': e('guard', 'A value is not mapped', 'Add it to the map file, or mark it ignore with a reason.'),
  'MLC-P011': e('guard', 'The account does not exist in QAD', 'Correct the map, or create the account in QAD.'),
  'MLC-P012': e('guard', 'The plan is stale', 'Run mlc map again and read the new plan.'),
  'MLC-P013': e('guard', 'The account is inactive in QAD', 'Map to an active account.'),
  'MLC-P014': e('guard', 'The cost centre does not exist in QAD', 'Correct the map, or create the cost centre in QAD.'),
  'MLC-P015': e('guard', 'The cost centre is inactive in QAD', 'Map to an active cost centre.'),
  'MLC-P016': e('guard', 'A code or key is longer than QAD allows', 'Correct the map, or qad.limits.'),
  'MLC-P017': e('guard', 'Two jobs map to one reference', 'Give one of the jobs another measure name, or remove one.'),
  'MLC-P018': e('guard', 'The control totals do not tie', 'Report it; nothing was posted.'),
  'MLC-P019': e(
    'guard',
    'The amount of a posted reference changed and onRestate is refuse',
    'Set onRestate: revise (of a journal: adjust), or correct the source.',
  ),
  'MLC-P022': e(
    'guard',
    'A figure maps to the offset account of the journal',
    'Map it to another account, or name another qad.write.offsetAccount.',
  ),
  'MLC-P020': e('usage', 'A map file is not valid', 'Correct the line named.'),
  'MLC-P021': e('guard', 'A value matches several lines of the map', 'Write the value exactly as Looker has it.'),

  'MLC-I001': e(
    'usage',
    'The address of the ingest endpoint cannot be had',
    'Correct ingest.host or ingest.port in mlc.yaml, or end the program that uses the address.',
  ),
  'MLC-I002': e(
    'usage',
    'The ingest endpoint would be reached without TLS',
    'Have a proxy with TLS in front and name its address in ingest.publicUrl (https://…), or set ingest.host: 127.0.0.1.',
  ),

  'MLC-A001': e(
    'audit',
    'The audit cannot be written',
    'Free space or correct the permissions; nothing is sent without its audit line.',
  ),
  'MLC-A002': e(
    'audit',
    'A line of the audit does not match its hash',
    'Keep the files and find out who changed them; to go on meanwhile, name a new state folder with MLC_STATE_DIR.',
  ),
  'MLC-A003': e('audit', 'The chain of the audit is broken', 'Keep the files; find out what is missing.'),
  'MLC-A004': e('audit', 'A line of the audit cannot be read', 'Keep the file; find out who changed it.'),
  'MLC-A005': e(
    'audit',
    'The audit is not the one that its newest checkpoint speaks of',
    'Keep all files and run mlc audit verify; to go on meanwhile, name a new state folder with MLC_STATE_DIR.',
  ),
  'MLC-A006': e(
    'usage',
    'A key for the checkpoints of the audit cannot be used or made',
    'Make one with mlc audit keygen -o FILE and name that file in MLC_AUDIT_KEY_FILE.',
  ),

  'MLC-I010': e(
    'guard',
    'A delivery cannot be read',
    'Have Looker deliver it again, as CSV or JSON in UTF-8; a file may have been cut on its way.',
  ),
  'MLC-I011': e(
    'guard',
    'A delivery has a format from which no figure can be taken',
    'Choose JSON or CSV in the schedule, or have the delivery only trigger the pull (source.delivery: trigger).',
  ),
  'MLC-I012': e(
    'guard',
    'The columns of a delivery cannot be told',
    'Deliver JSON, which has field names, or name the headers under figure as they are delivered.',
  ),
  'MLC-I013': e(
    'guard',
    'A delivery holds values that are formatted for people',
    'Switch off "Apply formatting" in the schedule: 1,234.00 and 1.234,00 are not to be guessed at.',
  ),
  'MLC-I014': e(
    'guard',
    'A delivery holds more or less than the figures',
    'Schedule a Look without totals, subtotals, pivots and row limit.',
  ),
  'MLC-I015': e(
    'guard',
    'A delivery is of another plan than the one that feeds the job',
    'Correct source.delivery.plan, or the address that the plan delivers to.',
  ),
  'MLC-I016': e(
    'usage',
    'The job is fed by deliveries, or it is not and should be',
    'Set source.delivery in mlc.yaml where deliveries feed the job; see the README.',
  ),
  'MLC-I017': e(
    'guard',
    'A delivery lacks figures of its period that an earlier one left open',
    'Post them first with mlc replay --job NAME, then give the delivery again; where they are gone, mlc ingest FILE --allow-missing.',
  ),
  'MLC-I018': e(
    'guard',
    'A file is older than one that was taken for its period',
    'Take it out of the folder; if its figures are the ones that count, give it by itself: mlc ingest FILE.',
  ),
} as const satisfies Record<string, CatalogueEntry>

export type ErrorCode = keyof typeof CATALOGUE

function e(category: Category, title: string, fix: string): CatalogueEntry {
  return { category, title, fix }
}
