// What nobody can know about a tenant: its browses and its component. The spelling is that of the demo, so that a new
// project works against the demo as it stands; each name of the site's own making is marked.

/** The reads of a new project. Browses with xx in their name are made by the site. */
export const SAMPLE_READS = `  # What mlc reads of QAD. Browses with xx in their name are made by the site.
  reads:
    glAccounts: # accounts that exist, and which of them are active
      browse: urn:browse:mfg:xxgl01 # CHANGE ME: the id of your browse, and its columns
      columns: { code: ac_mstr.ac_code, description: ac_mstr.ac_desc, active: ac_mstr.ac_active, type: ac_mstr.ac_type }
    costCentres: # by browse, or by a REST path that lists records
      path: /api/erp/costCenters # CHANGE ME: or browse: urn:browse:mfg:gp059, the cost centre master
      rows: data.costCenters
      columns: { code: code, description: description, active: isActive }
    periods: # the calendar; openValues are the words that mean "may be posted to"
      browse: urn:browse:mfg:gl111 # CHANGE ME: a browse of QAD's own; its columns, and the words of its status
      columns:
        year: glcd_det.glcd_year
        period: glcd_det.glcd_per
        start: glcd_det.glcd_start
        end: glcd_det.glcd_end
        status: glcd_det.glcd_status
      openValues: [open]
    balances: # the ledger's movement of a period, official layer; amount, or debit and credit
      browse: urn:browse:mfg:xxbal1 # CHANGE ME: the id of your browse, and its columns
      columns:
        year: xxbal_det.xxbal_year
        period: xxbal_det.xxbal_per
        account: xxbal_det.xxbal_acc
        costCentre: xxbal_det.xxbal_cc
        currency: xxbal_det.xxbal_curr
        amount: xxbal_det.xxbal_amt
      filters: [[xxbal_det.xxbal_year, eq, '{year}'], [xxbal_det.xxbal_per, eq, '{period}']]
    posted: # our references: read before posting, so that nothing is posted twice, and read back afterwards
      browse: urn:browse:bebrowse:com.acme.recon.reconReferences # CHANGE ME: the browse of your component, and its columns
      columns:
        key: reconReference.referenceId
        year: reconReference.glCalendarYear
        period: reconReference.glPeriod
        account: reconReference.glAccount
        costCentre: reconReference.costCenter
        currency: reconReference.currencyCode
        measure: reconReference.measure
        amount: reconReference.lookerAmount
        revision: reconReference.revision
      filters: [[reconReference.glCalendarYear, eq, '{year}'], [reconReference.glPeriod, eq, '{period}']]
`

/** Where the references of a new project go. */
export const SAMPLE_WRITE = `  # Where references go: a business component of your own, exposed as a REST API.
  write:
    target: bdoc
    path: /api/bdoc/acme/recon/ReconReference # CHANGE ME: the path of your component
    batchSize: 1
    fields: # CHANGE ME: our name: the field of your component. Only those named are sent. The key must be unique in it.
      key: referenceId
      domain: domainCode
      entity: entityCode
      year: glCalendarYear
      period: glPeriod
      account: glAccount
      costCentre: costCenter
      currency: currencyCode
      measure: measure
      amount: lookerAmount
      revision: revision
      description: description
      source: sourceQuery
      run: runId
    constants: { sourceSystem: LOOKER }
    amountAs: number # or string: the exact digits either way
    settleSeconds: 60 # how long QAD may still commit after a lost answer
  limits: { account: 8, costCentre: 8, text: 40 } # characters that the fields of the component hold
`
