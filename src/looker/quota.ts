/**
 * Whether a request counts towards Looker's monthly quota of query calls: those that "run SQL queries or grab results for
 * content". Logins, metadata and versions do not. (Looker API 4.0, x-looker-activity-type db_query)
 * @param path of an address below `/api/4.0`, such as `/queries/run/json`
 */
export function isQueryCall(path: string): boolean {
  return ROOMS.test(path) || /^\/looks\/[^/]+\/run\//.test(path)
}

const ROOMS =
  /^\/(?:queries|query_tasks|running_queries|merge_queries|sql_queries|render_tasks|scheduled_plans)(?:\/|$)/
