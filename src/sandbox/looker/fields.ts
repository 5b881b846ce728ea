import type { Explore, ExploreField } from './world.js'

/** A field as json_bi describes it under `metadata.fields`. */
export function briefField(field: ExploreField, seesSql: boolean): object {
  return {
    sql: seesSql ? `\${TABLE}.${field.column}` : null,
    view: viewOf(field),
    dimension_group: dimensionGroup(field),
    category: field.kind,
    field_group_label: null,
    name: field.name,
    type: field.type,
    view_label: viewLabel(field),
    label: field.label,
    field_group_variant: shortLabel(field),
    hidden: false,
    description: null,
  }
}

/** A field as the Explore's metadata and json_detail describe it. */
export function fullField(explore: Explore, field: ExploreField): object {
  const isMeasure = field.kind === 'measure'
  return {
    align: isNumeric(field) ? 'right' : 'left',
    can_filter: field.canFilter ?? true,
    category: field.kind,
    default_filter_value: null,
    description: null,
    dimension_group: dimensionGroup(field),
    enumerations: null,
    error: null,
    field_group_label: null,
    field_group_variant: shortLabel(field),
    fill_style: field.type.startsWith('date') ? 'range' : null,
    fiscal_month_offset: 0,
    has_allowed_values: false,
    hidden: field.hidden ?? false,
    is_filter: false,
    is_fiscal: false,
    is_numeric: isNumeric(field),
    is_timeframe: field.type.startsWith('date'),
    can_time_filter: false,
    label: field.label,
    label_from_parameter: null,
    label_short: shortLabel(field),
    lookml_link: null,
    measure: isMeasure,
    name: field.name,
    strict_value_format: false,
    parameter: false,
    permanent: null,
    primary_key: false,
    project_name: 'finance',
    requires_refresh_on_sort: false,
    scope: viewOf(field),
    sortable: true,
    source_file: `${viewOf(field)}.view.lkml`,
    source_file_path: `finance/${viewOf(field)}.view.lkml`,
    sql: `\${TABLE}.${field.column}`,
    sql_case: field.isCase === true ? [{ value: 'first', condition: `${field.column} = 1` }] : null,
    filters: null,
    suggest_dimension: field.name,
    suggest_explore: explore.name,
    suggestable: field.type === 'string',
    suggestions: null,
    tags: [],
    type: field.type,
    user_attribute_filter_types: filterTypes(field),
    value_format: null,
    view: viewOf(field),
    view_label: viewLabel(field),
    dynamic: false,
    week_start_day: 'monday',
    original_view: viewOf(field),
    times_used: 0,
  }
}

export function isNumeric(field: ExploreField): boolean {
  return field.kind === 'measure' || field.type === 'number'
}

function filterTypes(field: ExploreField): string[] {
  if (field.type === 'yesno') return ['yesno']
  const kind = field.type.startsWith('date') ? 'datetime' : isNumeric(field) ? 'number' : 'string'
  return [kind, `advanced_filter_${kind}`]
}

function viewOf(field: ExploreField): string {
  return field.name.split('.')[0] ?? ''
}

function viewLabel(field: ExploreField): string {
  return viewOf(field).toUpperCase()
}

/** `GL Account` without the label of its view. */
function shortLabel(field: ExploreField): string {
  const prefix = `${viewLabel(field)} `
  return field.label.toUpperCase().startsWith(prefix) ? field.label.slice(prefix.length) : field.label
}

/** `gl.posted` of `gl.posted_month`. */
function dimensionGroup(field: ExploreField): string | null {
  const match = /^(.+)_(?:date|month|quarter|year|time|week)$/.exec(field.name)
  return field.type.startsWith('date') ? (match?.[1] ?? null) : null
}
