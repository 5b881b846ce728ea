/** The demo company: one US company with three plants, its Looker, its QAD, and the differences planted between them. */
export { demoLooker } from './looker.js'
export { demoQad } from './qad.js'
export { demoEnterprise, otherEnterprise } from './enterprise.js'
export { demoConfig, demoEnvironment, demoMaps } from './project.js'
export { PLANTED, PLANTED_SUMMARY } from './ledger.js'
export { otherTenant } from './other.js'
